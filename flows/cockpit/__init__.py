"""The cockpit: Prefect's server, a worker, the deployments and their automations, started and ended as one."""
