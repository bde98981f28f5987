# Has the monitor, and the timers beside it, run what is installed now.
systemctl daemon-reload
systemctl reset-failed openclaw-health-monitor.service 2> /dev/null || true
systemctl enable --quiet openclaw-health-monitor.service
systemctl enable --quiet --now openclaw-workspace-save.timer
if [ -e /etc/systemd/system/openclaw-drill.timer ]; then
  systemctl enable --quiet openclaw-drill.timer
  systemctl restart openclaw-drill.timer
else
  systemctl stop openclaw-drill.timer 2> /dev/null || true
  rm -f /etc/systemd/system/timers.target.wants/openclaw-drill.timer
fi
systemctl restart openclaw-health-monitor.service
systemctl is-active openclaw-health-monitor.service
