"""The walls around notebook servers: what may leave their network, and who may reach whom on it, as nftables rules."""
