import Foundation
import HTTPTransport

/// One request, and what its answer means.
extension WebhookSender {
    enum Answer: Sendable, Equatable {
        case taken
        /// - Parameter pause: what the receiver asked for.
        case again(String, pause: Duration?)
        case refused(String)
    }

    /// Of an answer's body nothing is needed; this much is read so that the connection can be used again.
    private static let bodyBytes = 65_536

    func post(_ delivery: WebhookDelivery) async -> Answer {
        let body = WebhookBody(delivery.notice, id: delivery.id).bytes
        let timestamp = "\(Int(now().timeIntervalSince1970))"
        let request = HTTPClient.Request(
            method: "POST", url: configuration.url,
            headers: [
                ("Content-Type", "application/json"), ("User-Agent", "media-gateway"), ("X-Gateway-Event", delivery.notice.type),
                ("X-Gateway-Delivery", delivery.id), ("X-Gateway-Timestamp", timestamp),
                ("X-Gateway-Signature", configuration.signature.header(timestamp: timestamp, body: body)),
            ], body: body)
        do throws(HTTPError) {
            let response = try await http.stream(request, timeout: configuration.timeout, firstByteTimeout: configuration.timeout)
            await Self.skip(response.body)
            return Self.answer(status: response.status, pause: RetryAfter.wait(response.head["retry-after"], now: now()))
        } catch {
            let reason = "\(error.code.rawValue)\(error.detail.isEmpty ? "" : " (\(error.detail))")"
            return error.isRetryable ? .again(reason, pause: nil) : .refused(reason)
        }
    }

    static func answer(status: Int, pause: Duration?) -> Answer {
        switch status {
        case 200..<300: .taken
        case 408, 425, 429, 500...: .again("HTTP \(status)", pause: pause)
        default: .refused("HTTP \(status)")
        }
    }

    /// The status has decided, whatever becomes of the body.
    private static func skip(_ body: HTTPBody) async {
        var count = 0
        do throws(HTTPError) {
            for try await piece in body {
                count += piece.count
                if count > bodyBytes { return body.cancel() }
            }
        } catch {}
    }
}
