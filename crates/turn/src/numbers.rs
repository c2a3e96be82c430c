//! The numbers TURN adds to STUN (RFC 8656 §17, §18; RFC 6062 §6).

/// Methods.
pub mod method {
    use strata_stun::Method;

    /// Makes a method of a number below `0x1000`.
    const fn of(number: u16) -> Method {
        match Method::new(number) {
            Some(method) => method,
            None => Method::BINDING,
        }
    }

    /// Allocate: request a relayed address.
    pub const ALLOCATE: Method = of(0x003);
    /// Refresh: keep an allocation, or give it up.
    pub const REFRESH: Method = of(0x004);
    /// Send: an indication with data for a peer.
    pub const SEND: Method = of(0x006);
    /// Data: an indication with data from a peer.
    pub const DATA: Method = of(0x007);
    /// `CreatePermission`: let a peer send.
    pub const CREATE_PERMISSION: Method = of(0x008);
    /// `ChannelBind`: give a peer a channel number.
    pub const CHANNEL_BIND: Method = of(0x009);
    /// Connect: open a TCP connection to a peer (RFC 6062).
    pub const CONNECT: Method = of(0x00A);
    /// `ConnectionBind`: the client's own connection for it (RFC 6062).
    pub const CONNECTION_BIND: Method = of(0x00B);
    /// `ConnectionAttempt`: a peer has connected (RFC 6062).
    pub const CONNECTION_ATTEMPT: Method = of(0x00C);
}

/// Attribute types.
pub mod attribute_type {
    use strata_stun::AttributeType;

    /// CHANNEL-NUMBER.
    pub const CHANNEL_NUMBER: AttributeType = AttributeType::new(0x000C);
    /// LIFETIME.
    pub const LIFETIME: AttributeType = AttributeType::new(0x000D);
    /// XOR-PEER-ADDRESS.
    pub const XOR_PEER_ADDRESS: AttributeType = AttributeType::new(0x0012);
    /// DATA.
    pub const DATA: AttributeType = AttributeType::new(0x0013);
    /// XOR-RELAYED-ADDRESS.
    pub const XOR_RELAYED_ADDRESS: AttributeType = AttributeType::new(0x0016);
    /// REQUESTED-ADDRESS-FAMILY.
    pub const REQUESTED_ADDRESS_FAMILY: AttributeType = AttributeType::new(0x0017);
    /// EVEN-PORT.
    pub const EVEN_PORT: AttributeType = AttributeType::new(0x0018);
    /// REQUESTED-TRANSPORT.
    pub const REQUESTED_TRANSPORT: AttributeType = AttributeType::new(0x0019);
    /// DONT-FRAGMENT.
    pub const DONT_FRAGMENT: AttributeType = AttributeType::new(0x001A);
    /// RESERVATION-TOKEN.
    pub const RESERVATION_TOKEN: AttributeType = AttributeType::new(0x0022);
    /// CONNECTION-ID (RFC 6062).
    pub const CONNECTION_ID: AttributeType = AttributeType::new(0x002A);
    /// ADDITIONAL-ADDRESS-FAMILY.
    pub const ADDITIONAL_ADDRESS_FAMILY: AttributeType = AttributeType::new(0x8000);
    /// ADDRESS-ERROR-CODE.
    pub const ADDRESS_ERROR_CODE: AttributeType = AttributeType::new(0x8001);
    /// ICMP.
    pub const ICMP: AttributeType = AttributeType::new(0x8004);
}

#[cfg(test)]
mod tests {
    use super::method;

    #[test]
    fn methods_have_the_numbers_of_the_registry() {
        let numbers = [
            (method::ALLOCATE, 3),
            (method::REFRESH, 4),
            (method::SEND, 6),
            (method::DATA, 7),
            (method::CREATE_PERMISSION, 8),
            (method::CHANNEL_BIND, 9),
            (method::CONNECT, 10),
            (method::CONNECTION_BIND, 11),
            (method::CONNECTION_ATTEMPT, 12),
        ];
        for (method, number) in numbers {
            assert_eq!(method.get(), number);
        }
    }
}
