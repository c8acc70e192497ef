//! Vestibule: door intercoms for apartment buildings, run by phone.
