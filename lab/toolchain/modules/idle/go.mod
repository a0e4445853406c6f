module homelab.lab/idle

go 1.26
