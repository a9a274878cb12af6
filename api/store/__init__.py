"""What outlives a gateway: keys, saved scans and layouts, in one database that several gateways may share."""
