import TextChannel
import WebSocketTransport

/// What a client of the API did not get, and why: `{"error":{"code":…,"message":…}}`.
struct APIError: Error {
    var status: Int
    var code: String
    /// One sentence for a developer.
    var message: String
    var retryAfter: Duration?

    init(_ status: Int, _ code: String, _ message: String) { (self.status, self.code, self.message) = (status, code, message) }

    init(_ error: ChatError) {
        let status =
            switch error.code {
            case .badRequest: 400
            case .tooLong: 413
            case .rateLimited, .queueFull: 429
            case .unknownSession, .unknownMessage: 404
            case .sessionEnded: 410
            case .conflict: 409
            case .busy, .agentDisabled, .shuttingDown, .unavailable: 503
            }
        self.init(status, error.code.rawValue, error.message)
        retryAfter = error.retryAfter
    }

    static let notFound = APIError(404, "not_found", "there is nothing here")
    static func methodNotAllowed(_ allowed: String) -> APIError { APIError(405, "method_not_allowed", "this path takes \(allowed)") }

    /// What the transport turned away, in a sentence.
    init(refused reply: HTTPReply) {
        if reply.status == 405, let allowed = reply.headers["allow"] {
            self = .methodNotAllowed(allowed)
            return
        }
        let code =
            switch reply.status {
            case 413: ChatError.Code.tooLong.rawValue
            case 426: "upgrade_required"
            case 431: "head_too_long"
            case 501, 505: "not_supported"
            case 504: "timed_out"
            case 500...: "unavailable"
            default: ChatError.Code.badRequest.rawValue
            }
        self.init(reply.status, code, String(decoding: reply.body.prefix { $0 != 0x0A }, as: UTF8.self))
    }

    private struct Body: Encodable {
        struct Error: Encodable { var code: String, message: String }
        var error: Error
    }

    /// - Parameter headers: to be sent along, but for those that the reply has already.
    func reply(with headers: HTTPHeaders) -> HTTPReply {
        var reply = self.reply
        for field in headers.fields where reply.headers[field.name] == nil { reply.headers.add(field.name, field.value) }
        return reply
    }

    var reply: HTTPReply {
        var reply = HTTPReply.json(Body(error: .init(code: code, message: message)), status: status)
        if let retryAfter { reply.headers.add("Retry-After", "\(max(1, Int((retryAfter / .seconds(1)).rounded(.up))))") }
        if status == 405, let methods = message.split(separator: "takes ").last { reply.headers.add("Allow", String(methods)) }
        return reply
    }
}
