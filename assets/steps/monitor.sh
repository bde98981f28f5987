# Has the monitor, and the timers beside it, run what is installed now.
systemctl daemon-reload
systemctl reset-failed openclaw-health-monitor.service 2> /dev/null || true
systemctl enable --quiet openclaw-health-monitor.service
systemctl enable --quiet --now openclaw-workspace-save.timer
systemctl restart openclaw-health-monitor.service
systemctl is-active openclaw-health-monitor.service
