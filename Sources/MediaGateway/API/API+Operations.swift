import EventLoop
import Foundation
import Orchestrator
import Telemetry
import Persistence
import WebSocketTransport
import WireJSON

extension API {
    // MARK: Calls

    /// `GET /v1/calls?limit=&before=&state=`
    func listCalls(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let limit = try request.number("limit", in: 1...CallStore.longestList, default: 100)
        let before = try request.number("before", in: 0...Self.latestCursor, default: .max)
        var state: CallRecord.State?
        if let text = try request.query("state") {
            state = CallRecord.State(rawValue: text)
            guard state != nil else { throw APIError(400, "bad_request", "state: expected active or ended") }
        }
        let list: [CallRecord]
        do {
            list = try await calls.calls(limit: limit, before: before == .max ? nil : Date(timeIntervalSince1970: Double(before) / 1_000_000), state: state)
        } catch { throw Self.unavailable }
        // A cursor that only we read: the start of the last call, in microseconds.
        let next = list.count == limit ? list.last.map { "\(Int(($0.startedAt.timeIntervalSince1970 * 1_000_000).rounded()))" } : nil
        responder.respond(.json(CallListView(calls: list.map(CallView.init), next: next)))
    }

    /// `GET /v1/calls/{id}`
    func readCall(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let record: CallStore.FullRecord?
        do { record = try await calls.call(request.id) } catch { throw Self.unavailable }
        guard let record else { throw APIError(404, "unknown_call", "no call of that id") }
        responder.respond(.json(FullCallView(record)))
    }

    /// The end of the year 9999, in microseconds: a time far beyond it would not fit the store's integers.
    private static let latestCursor = 253_402_300_799_000_000

    private static var unavailable: APIError { APIError(503, "unavailable", "the store does not answer") }

    // MARK: Events

    private struct EventView: Encodable { var name: String, subject: String, at: Date, attributes: [String: String] }

    /// `GET /v1/events?subject=&name=`: lifecycle events from now on, until the client goes.
    func streamEvents(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let (subject, name) = (try request.query("subject"), try request.query("name"))
        guard overload.level == .none, let events = events.events(for: "sse") else {
            throw APIError(503, "busy", "no more event streams are taken now")
        }
        let work = CancelledOnce()
        let stream = EventStream(responder) { work.cancel() }
        stream.beat()
        work.hold(
            Task {
                var number = 0
                for await event in events {
                    guard subject == nil || event.subject == subject, name.map({ event.name.hasPrefix($0) }) ?? true else { continue }
                    number += 1
                    let view = EventView(name: event.name, subject: event.subject, at: Date(), attributes: event.attributes)
                    guard let data = try? APIJSON.encode(view),
                        stream.send(event: event.name, data: String(decoding: data, as: UTF8.self), id: "\(number)")
                    else { break }
                }
                stream.end()
            })
        work.hold(
            Task {
                while !Task.isCancelled, stream.beat() { try? await Task.sleep(for: .seconds(15)) }
            })
    }

    // MARK: Switches

    private struct SwitchView: Encodable { var name: String, enabled: Bool }
    private struct SwitchListView: Encodable { var switches: [SwitchView] }

    /// `GET /v1/switches`
    func listSwitches(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        responder.respond(.json(SwitchListView(switches: switches.all.map { SwitchView(name: $0.name.rawValue, enabled: $0.isOn) })))
    }

    /// `GET /v1/switches/{name}`
    func readSwitch(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let name = try named(request.id)
        responder.respond(.json(SwitchView(name: name.rawValue, enabled: switches[name])))
    }

    /// `PUT /v1/switches/{name}` with `{"enabled":…}`, or the bare value.
    func turnSwitch(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let name = try named(request.id)
        let isOn: Bool
        if case .bool(let value) = try request.json() {
            isOn = value
        } else {
            isOn = try request.read { fields throws(JSONFieldError) in try fields.flag("enabled") }
        }
        switches.turn(name, isOn)
        responder.respond(.json(SwitchView(name: name.rawValue, enabled: switches[name])))
    }

    private func named(_ text: String) throws(APIError) -> Switches.Name {
        guard let name = Switches.Name(rawValue: text) else {
            throw APIError(404, "unknown_switch", "name: expected one of \(Switches.Name.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return name
    }
}
