import Foundation

/// Who is on the line.
struct CallIdentity: Sendable, Equatable {
    /// Ours, unique: names the call, its conversation and all that is stored about them.
    let id: String
    /// The carrier's name for the call, e.g. Twilio's `CA…`: it may come twice, when a dropped stream is opened again.
    var callSid: String
    var carrier: String
    /// E.164 as the carrier gave them; empty when withheld.
    var from: String
    var to: String

    init(callSid: String, from: String, to: String, carrier: String = "twilio") {
        self.carrier = carrier
        id = "call-" + UUID().uuidString.lowercased()
        (self.callSid, self.from, self.to) = (callSid, from, to)
    }

    /// A caller on the web, whom no carrier names.
    static func web() -> CallIdentity {
        var identity = CallIdentity(callSid: "", from: "", to: "", carrier: "web")
        identity.callSid = identity.id
        return identity
    }
}
