import Foundation
import Orchestrator
import Persistence
import TextChannel
import WebSocketTransport
import WireJSON

extension API {
    /// `POST /v1/sessions`
    func openSession(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let userID = try request.read { fields throws(JSONFieldError) in try fields.optionalText("user_id", length: 1...ChatRequest.longestID) }
        guard overload.level == .none else { throw APIError(ChatError(.busy, "the gateway is overloaded", retryAfter: .seconds(5))) }
        let session: ChatSession
        do { session = try await sessions.open(userID: userID, isPromised: true) } catch { throw APIError(error) }
        var reply = HTTPReply.json(OpenedSessionView(sessionId: session.id, greeting: greeting, userId: userID), status: 201)
        reply.headers.add("Location", "/v1/sessions/\(session.id)")
        responder.respond(reply)
    }

    /// `GET /v1/sessions/{id}`
    func readSession(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let live = await sessions.live(request.id)
        let stored: StoredConversation?
        do { stored = try await conversations.conversation(request.id) } catch {
            guard live != nil else { throw APIError(ChatError(.unavailable, "the store does not answer")) }
            stored = nil
        }
        guard stored != nil || live != nil else { throw APIError(ChatError(.unknownSession, "no session of that id")) }
        var view: SessionView
        if let stored {
            view = SessionView(stored, costMicro: (try? await conversations.cost(of: request.id)) ?? 0)
        } else {
            view = SessionView(unsaved: request.id, startedAt: live?.startedAt ?? Date())
        }
        if let live { await view.add(live) }
        responder.respond(.json(view))
    }

    /// `DELETE /v1/sessions/{id}`
    func endSession(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        do { try await sessions.end(request.id, reason: "ended_by_client") } catch { throw APIError(error) }
        responder.respond(HTTPReply(status: 204))
    }

    /// `POST /v1/sessions/{id}/messages`: JSON, or server-sent events for those who ask for them.
    func takeMessage(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let longest = sessions.settings.longestMessage
        let message = try request.read { fields throws(JSONFieldError) in try ChatRequest.message(fields, longest: longest) }
        let session = try await find(request.id)
        let stream = request.http.headers["accept"]?.contains("text/event-stream") == true ? EventStream(responder) : nil
        let answer: ChatEvent.Message
        do { answer = try await session.ask(message, on: stream) } catch {
            // An error after the first event can only be another event.
            guard let stream, stream.hasBegun else { throw APIError(error) }
            stream.deliver(.error(error))
            return stream.end()
        }
        if let stream { stream.end() } else { responder.respond(.json(AnswerView(session: session.id, message: answer))) }
    }

    /// `POST /v1/sessions/{id}/feedback`
    func takeFeedback(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let feedback = try request.read { fields throws(JSONFieldError) in try ChatRequest.feedback(fields) }
        let session = try await find(request.id)
        do { try await session.feedback(feedback, at: Date()) } catch { throw APIError(error) }
        responder.respond(HTTPReply(status: 204))
    }

    /// `POST /v1/sessions/{id}/handoff`: asks for a person; with `state`, the operator's side says what became of it.
    func handOff(_ request: APIRequest, _ responder: HTTPResponder) async throws(APIError) {
        let (reason, state) = try request.read { fields throws(JSONFieldError) in
            (try fields.optionalText("reason", length: 1...100), try fields.optionalText("state", length: 1...20))
        }
        let session = try await find(request.id)
        let record: HandoffRecord
        do {
            if let state {
                guard let reported = HandoffRecord.State(rawValue: state), [.connected, .declined, .ended].contains(reported) else {
                    throw ChatError(.badRequest, "state: expected connected, declined or ended")
                }
                record = try await handoffs.report(reported, session: session.id)
            } else {
                record = try await session.handOff(because: reason)
            }
        } catch let error as ChatError {
            throw APIError(error)
        } catch let error as HandoffError {
            throw APIError(ChatError(error))
        } catch {
            throw APIError(500, "internal", "the hand-over could not be made")
        }
        responder.respond(.json(SessionView.Handoff(record), status: state == nil ? 202 : 200))
    }

    private func find(_ id: String) async throws(APIError) -> ChatSession {
        do { return try await sessions.find(id) } catch { throw APIError(error) }
    }
}
