import WebSocketTransport

/// Who may come in where (DESIGN §6, "Secure by default").
///
/// Carriers prove themselves by their signatures, clients of the API by a key. Whoever can prove nothing because nothing is configured
/// must come from this very machine (``TunnelGuard``).
struct Door: Sendable {
    enum Visitor: Sendable {
        /// Health, readiness and metrics.
        case anyone
        /// Webhooks and media streams; their signatures are checked behind the door.
        case carrier
        /// Chat, audio and `/v1`.
        case client
        /// What changes how the gateway runs.
        case administrator
    }
    struct Refusal {
        /// For a metric's label.
        var code: String
        var reply: HTTPReply
    }
    private let apiKey: Secret?, adminKey: Secret?
    private let anyone: TunnelGuard, carrier: TunnelGuard, client: TunnelGuard, administrator: TunnelGuard

    init(listeningHost: String, secrets: GatewaySecrets, allowOpen: Bool) {
        (apiKey, adminKey) = (secrets.apiKey, secrets.adminKey)
        func tunnelGuard(_ isProven: Bool) -> TunnelGuard {
            TunnelGuard(listeningHost: listeningHost, isAuthenticationConfigured: isProven, allowOpen: allowOpen)
        }
        anyone = tunnelGuard(secrets.isAuthenticationConfigured)
        carrier = tunnelGuard(secrets.twilioAuthToken != nil)
        client = tunnelGuard(secrets.apiKey != nil)
        administrator = tunnelGuard(secrets.adminKey != nil)
    }

    /// - Returns: `nil` when the visitor may come in.
    func refusal(of request: HTTPRequest, as visitor: Visitor) -> Refusal? {
        let (tunnelGuard, key, name): (TunnelGuard, Secret?, String) =
            switch visitor {
            case .anyone: (anyone, nil, "")
            case .carrier: (carrier, nil, "")
            case .client: (client, apiKey, "GATEWAY_API_KEY")
            case .administrator: (administrator, adminKey, "GATEWAY_ADMIN_KEY")
            }
        do {
            try tunnelGuard.check(remoteAddress: request.remoteAddress) { request.headers[$0] }
        } catch {
            return Refusal(code: error.code.rawValue, reply: APIError(403, "forbidden", "\(error)").reply)
        }
        if let key { return Self.holds(key, request) ? nil : unproven(name) }
        // A key for clients says that there are others: they must not turn switches.
        if case .administrator = visitor, apiKey != nil {
            return Refusal(
                code: "admin_key", reply: APIError(403, "forbidden", "GATEWAY_ADMIN_KEY is not set: nobody may do this from outside").reply)
        }
        return nil
    }

    private static func holds(_ key: Secret, _ request: HTTPRequest) -> Bool {
        guard let field = request.headers["authorization"], field.lowercased().hasPrefix("bearer ") else { return false }
        return ConstantTime.equals(String(field.dropFirst(7).drop { $0 == " " }), key.revealed)
    }

    private func unproven(_ name: String) -> Refusal {
        var reply = APIError(401, "unauthorized", "send Authorization: Bearer and the key of \(name)").reply
        reply.headers.add("WWW-Authenticate", "Bearer")
        return Refusal(code: "api_key", reply: reply)
    }
}
