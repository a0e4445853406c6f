module homelab.lab/metallb

go 1.26

require go.universe.tf/metallb v0.16.1
