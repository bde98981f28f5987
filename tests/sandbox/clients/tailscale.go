// Tailscale's own Go client against the sandbox's cloud: one line a check, exit code 1 at the first that fails.
//
//	keys              auth keys, credentials right and wrong
//	key               makes a one-use key and prints it, and nothing else
//	devices HOSTNAME  the device that joined with it: listed, looked at, deleted
//
// Takes CLOUD_URL, TAILSCALE_API_KEY, OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET from the environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	tailscale "tailscale.com/client/tailscale/v2"
)

var ctx = context.Background()

func main() {
	client := connect(&tailscale.Client{APIKey: os.Getenv("TAILSCALE_API_KEY")})
	switch {
	case len(os.Args) == 2 && os.Args[1] == "keys":
		credentials()
		keys(client)
	case len(os.Args) == 2 && os.Args[1] == "key":
		fmt.Println(must(client.Keys().CreateAuthKey(ctx, request())).Key)
	case len(os.Args) == 3 && os.Args[1] == "devices":
		devices(client, os.Args[2])
	default:
		fail("say keys, key, or devices HOSTNAME, not %v", os.Args[1:])
	}
}

func credentials() {
	_, err := connect(&tailscale.Client{APIKey: "tskey-api-wrong"}).Devices().List(ctx)
	check("a wrong API key is a 401", statusOf(err) == http.StatusUnauthorized, err)

	secret := os.Getenv("OAUTH_CLIENT_SECRET")
	_, err = oauth(secret).Devices().List(ctx)
	check("an OAuth client may list devices", err == nil, err)
	_, err = oauth("wrong").Devices().List(ctx)
	check("an OAuth client with a wrong secret may not", err != nil, err)

	made, err := oauth(secret).Keys().CreateAuthKey(ctx, request())
	check("an OAuth client may make a tagged key", err == nil && made.ID != "", err)
	_, err = oauth(secret).Keys().CreateAuthKey(ctx, tailscale.CreateKeyRequest{})
	check("but none without tags", statusOf(err) == http.StatusBadRequest, err)
	check("it may delete its key", oauth(secret).Keys().Delete(ctx, made.ID) == nil, nil)
}

func keys(client *tailscale.Client) {
	made := must(client.Keys().CreateAuthKey(ctx, request()))
	check("a key is made, and its secret told", made.Key != "" && made.KeyType == "auth", made)
	check("it lasts as long as was asked for", near(made.Expires.Sub(made.Created), 1800*time.Second), made)

	seen := must(client.Keys().Get(ctx, made.ID))
	check("it is found, without its secret", seen.Key == "" && !seen.Invalid && seen.Description == made.Description, seen)
	create := seen.Capabilities.Devices.Create
	asExpected := create.Preauthorized && !create.Reusable && !create.Ephemeral
	check("it can do what was asked for", asExpected && slices.Equal(create.Tags, []string{"tag:standby"}), create)

	other := must(client.Keys().CreateAuthKey(ctx, tailscale.CreateKeyRequest{}))
	check("a key of which nothing is said lasts 90 days", near(other.Expires.Sub(other.Created), 90*24*time.Hour), other)
	ids := listed(client)
	check("both are listed", slices.Contains(ids, made.ID) && slices.Contains(ids, other.ID), ids)

	for _, id := range []string{made.ID, other.ID} {
		check("it is deleted", client.Keys().Delete(ctx, id) == nil, id)
	}
	seen = must(client.Keys().Get(ctx, made.ID))
	check("a deleted key is invalid, and says since when", seen.Invalid && !seen.Revoked.IsZero(), seen)
	check("it is not listed any more", len(listed(client)) == 0, listed(client))
	_, err := client.Keys().Get(ctx, "kNoneCNTRL")
	check("a key that never was is not found", tailscale.IsNotFound(err), err)

	bad := request()
	bad.Capabilities.Devices.Create.Tags = []string{"standby"}
	_, err = client.Keys().CreateAuthKey(ctx, bad)
	check("a tag that is none is a 400", statusOf(err) == http.StatusBadRequest, err)
}

func devices(client *tailscale.Client, hostname string) {
	named := must(client.Devices().List(ctx, tailscale.WithFilter("hostname", []string{hostname})))
	check("the device is listed under its name", len(named) == 1, named)
	listed := named[0]
	check("it carries the tags of its key", slices.Equal(listed.Tags, []string{"tag:standby"}), listed.Tags)
	check("it has both kinds of address", len(listed.Addresses) == 2, listed.Addresses)
	check("it is authorized, and its key does not expire", listed.Authorized && listed.KeyExpiryDisabled, listed)
	check("it is connected, so it was not last seen", listed.ConnectedToControl && listed.LastSeen == nil, listed)

	for _, id := range []string{listed.NodeID, listed.ID} {
		seen := must(client.Devices().Get(ctx, id))
		check("it is found by "+id, seen.NodeID == listed.NodeID && seen.Name == listed.Name, seen)
	}
	seen := must(client.Devices().GetWithAllFields(ctx, listed.NodeID))
	check("with all fields it says its routes", seen.EnabledRoutes != nil && seen.AdvertisedRoutes != nil, seen)

	check("it is deleted", client.Devices().Delete(ctx, listed.NodeID) == nil, nil)
	_, err := client.Devices().Get(ctx, listed.NodeID)
	check("then it is not found", tailscale.IsNotFound(err), err)
	err = client.Devices().Delete(ctx, listed.NodeID)
	check("and cannot be deleted twice", tailscale.IsNotFound(err), err)
	left := must(client.Devices().List(ctx))
	check("no device is left", len(left) == 0, left)
}

// request asks for a key as this project's program does.
func request() tailscale.CreateKeyRequest {
	request := tailscale.CreateKeyRequest{ExpirySeconds: 1800, Description: "openclaw-standby standby"}
	request.Capabilities.Devices.Create.Preauthorized = true
	request.Capabilities.Devices.Create.Tags = []string{"tag:standby"}
	return request
}

func listed(client *tailscale.Client) []string {
	ids := []string{}
	for _, key := range must(client.Keys().List(ctx, true)) {
		ids = append(ids, key.ID)
	}
	return ids
}

func oauth(secret string) *tailscale.Client {
	return connect(&tailscale.Client{
		Auth: &tailscale.OAuth{ClientID: os.Getenv("OAUTH_CLIENT_ID"), ClientSecret: secret},
	})
}

func connect(client *tailscale.Client) *tailscale.Client {
	client.BaseURL = must(url.Parse(os.Getenv("CLOUD_URL")))
	return client
}

func statusOf(err error) int {
	var apiError tailscale.APIError
	if errors.As(err, &apiError) && apiError.Message != "" {
		return apiError.Status
	}
	return 0
}

func near(a, b time.Duration) bool { return (a - b).Abs() < 5*time.Second }

func must[T any](value T, err error) T {
	if err != nil {
		fail("unexpected error: %v", err)
	}
	return value
}

func check(what string, holds bool, seen any) {
	if !holds {
		fail("%s. Seen: %+v", what, seen)
	}
	fmt.Println("ok:", what)
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "FAILED: "+format+"\n", args...)
	os.Exit(1)
}
