-- Velocity is counted in memory, from risk.signal_batch: no query asks for a device any more.

drop index origination.application_of_device;
