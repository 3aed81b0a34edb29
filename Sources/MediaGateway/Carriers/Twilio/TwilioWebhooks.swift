import Foundation
import Logging
import Persistence
import WebSocketTransport

/// Twilio's HTTP requests: the call that comes in, and what became of it.
struct TwilioWebhooks: Sendable {
    static let mediaPath = "/twilio/media"

    var publicURL: PublicURL
    /// `nil` without `TWILIO_AUTH_TOKEN`: then nothing is signed, and only this machine gets this far.
    var signature: TwilioSignature?
    var accountSid: Secret?
    var admission: Admission
    var tokens: StreamTokens
    var directory: CallDirectory
    var callStore: CallStore?
    var metrics: GatewayMetrics
    var counted: CountedEvents
    var logger: Logger
    /// What anybody may cause.
    var refusals: ThrottledLog

    /// `POST /twilio/voice`: TwiML that connects the stream, or says why not.
    func voice(_ request: HTTPRequest) -> HTTPReply {
        let form: FormParameters
        switch read(request) {
        case .success(let read): form = read
        case .failure(let refusal): return refusal.reply
        }
        guard let callSid = form.single("CallSid"), TwilioIdentifier.isValid(callSid) else {
            return HTTPReply(status: 400, "CallSid: give the call's identifier, once\n")
        }
        do { try admission.reserve(callSid: callSid) } catch {
            return refuse(error == .draining ? .draining : error == .disabled ? .unavailable : .busy, error.rawValue)
        }
        guard let token = tokens.issue(for: callSid) else {
            admission.cancel(callSid: callSid)
            counted.note("call.refused", of: "tokens", ["reason": "tokens"])
            return refuse(.busy, "tokens")
        }
        let twiml = TwiML.connect(
            stream: publicURL.stream(Self.mediaPath), token: (TwilioMediaContext.Parameter.token, token),
            parameters: parameters(form, query: request.query))
        if !twiml.leftOut.isEmpty {
            logger.warning("parameters too long for Twilio were left out", metadata: ["callSid": "\(callSid)", "count": "\(twiml.leftOut.count)"])
        }
        return HTTPReply(type: "text/xml", twiml.document)
    }

    /// `POST /twilio/status`: the carrier says that a call is over.
    func status(_ request: HTTPRequest) -> HTTPReply {
        let form: FormParameters
        switch read(request) {
        case .success(let read): form = read
        case .failure(let refusal): return refusal.reply
        }
        guard let callSid = form.single("CallSid"), TwilioIdentifier.isValid(callSid) else {
            return HTTPReply(status: 400, "CallSid: give the call's identifier, once\n")
        }
        if let status = form.single("CallStatus"), Self.finalStates.contains(status) {
            admission.cancel(callSid: callSid)
            tokens.revoke(callSid: callSid)
            let reason = "carrier_\(status.replacing("-", with: "_"))"
            var about: Logger.Metadata = ["callSid": "\(callSid)"]
            if let call = directory.all.first(where: { $0.identity.callSid == callSid }) { about["callID"] = "\(call.identity.id)" }
            directory.end(callSid: callSid, reason: reason)
            if let callStore {
                Task { [logger, about] in
                    do { try await callStore.end(carrierCall: callSid, reason: reason, at: .now) } catch {
                        logger.error("the end of a call was not stored", metadata: about.merging(["reason": "\(error)"]) { $1 })
                    }
                }
            }
        }
        return HTTPReply(status: 204)
    }
    private static let finalStates: Set<String> = ["completed", "busy", "failed", "no-answer", "canceled"]

    /// The upgrade to the media stream.
    /// - Returns: why it is refused; `nil` when it is not.
    func checkUpgrade(_ request: HTTPRequest) -> HTTPReply? {
        guard let signature else { return nil }
        do {
            try signature.checkUpgrade(request.headers["x-twilio-signature"], path: request.path)
            return nil
        } catch {
            return unsigned(error).reply
        }
    }

    private struct Refused: Error { var reply: HTTPReply }

    private func read(_ request: HTTPRequest) -> Result<FormParameters, Refused> {
        let form: FormParameters
        do { form = try FormParameters(parsing: request.body.span) } catch {
            return .failure(Refused(reply: HTTPReply(status: 400, "the form cannot be read: \(error.rawValue)\n")))
        }
        if let signature {
            let target = request.path + (request.query.map { "?\($0)" } ?? "")
            do { try signature.check(request.headers["x-twilio-signature"], target: target, form: form) } catch {
                return .failure(unsigned(error))
            }
        }
        if let accountSid, form.single("AccountSid") != accountSid.revealed {
            metrics.refused("account")
            return .failure(Refused(reply: HTTPReply(status: 403, "AccountSid: not the account of TWILIO_ACCOUNT_SID\n")))
        }
        return .success(form)
    }

    private func unsigned(_ refusal: TwilioSignature.Refusal) -> Refused {
        metrics.refused("signature_\(refusal.rawValue)")
        refusals.warning("signature refused", metadata: ["reason": "\(refusal.rawValue)", "public_url": "\(publicURL)"])
        return Refused(reply: HTTPReply(status: 403, "X-Twilio-Signature: \(refusal.rawValue) (checked over server.public_url)\n"))
    }

    private func refuse(_ refusal: TwiML.Refusal, _ reason: String) -> HTTPReply {
        metrics.refused(reason)
        return HTTPReply(type: "text/xml", TwiML.refuse(refusal).document)
    }

    /// What `start` is to bring us: the two numbers, and lead data: the query of the webhook's address, and form fields that are not
    /// Twilio's, whose names begin with a capital.
    private func parameters(_ form: FormParameters, query: String?) -> [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        if let from = form.single("From") { parameters.append((TwilioMediaContext.Parameter.from, from)) }
        if let to = form.single("To") { parameters.append((TwilioMediaContext.Parameter.to, to)) }
        let asked = query.flatMap { try? FormParameters(parsing: Array($0.utf8).span) } ?? FormParameters()
        for parameter in asked.parameters + form.parameters.filter({ $0.name.first?.isLowercase == true })
        where !TwilioMediaContext.Parameter.reserved.contains(parameter.name) {
            parameters.append((parameter.name, parameter.value))
        }
        return parameters
    }
}
