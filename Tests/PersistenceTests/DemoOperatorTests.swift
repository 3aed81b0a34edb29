import Foundation
import Orchestrator
import Persistence
import Testing

@Suite("The demo operator, in March 2026")
struct DemoOperatorTests {
    let database: GatewayDatabase
    let tools: [String: any Tool]
    let demo: DemoOperator
    init() async throws {
        database = try .temporary()
        demo = try await DemoOperator(database, now: { .ides })
        tools = Dictionary(uniqueKeysWithValues: demo.tools.map { ($0.name, $0) })
    }

    func run(_ tool: String, _ arguments: [String: String] = [:], key: String = "k1") async throws -> ToolResult {
        try await #require(tools[tool]).run(ToolCall(arguments: arguments, idempotencyKey: key))
    }

    @Test("its tools, and the one that changes something")
    func names() {
        #expect(Set(tools.keys) == ["find_customer", "get_usage", "get_bill", "list_plans", "quote_plan", "change_plan"])
        #expect(tools.values.filter(\.hasSideEffects).map(\.name) == ["change_plan"])
    }

    @Test(
        "a customer is found by phone in any format",
        arguments: [
            "+15550101", "15550101", "5550101", "555-0101", "+1 (555) 01 01", "tel:+15550101", "0015550101", " 5 5 5 0 1 0 1 ",
        ])
    func finds(phone: String) async throws {
        #expect(
            try await run("find_customer", ["phone": phone])
                == ToolResult(values: [
                    "customer_id": "C1001", "name": "Maria Lopez", "first_name": "Maria", "plan": "Basic", "account_number": "ACC-1001",
                ]))
    }

    @Test("no customer", arguments: ["+15550199", "550101", "anonymous", "+12125550101", "' OR 1=1 --", "%5550101x9", "٥٥٥٠١٠١"])
    func notFound(phone: String) async throws {
        #expect(try await run("find_customer", ["phone": phone]).outcome == "not_found")
    }

    @Test("ten customers, each with a number, usage and three bills")
    func complete() async throws {
        for last in 0...9 {
            let found = try await run("find_customer", ["phone": "+1555010\(last)"])
            let id = try #require(found.values["customer_id"])
            #expect(try await run("get_usage", ["customer_id": id]).values["plan"] == found.values["plan"])
            for month in ["2026-01", "2026-02", "2026-03"] {
                let bill = try await run("get_bill", ["customer_id": id, "month": month])
                #expect(bill.outcome == "ok" && bill.values["paid"] == (month == "2026-03" ? "false" : "true"))
            }
            #expect(try await run("get_bill", ["customer_id": id, "month": "2025-12"]).outcome == "not_found")
        }
    }

    @Test("usage")
    func usage() async throws {
        #expect(
            try await run("get_usage", ["customer_id": "C1001"]).values == [
                "plan": "Basic", "data_used_mb": "3500", "data_allowance_mb": "5000", "data_left_mb": "1500", "unlimited": "false",
                "resets_on": "2026-04-01",
            ])
        #expect(
            try await run("get_usage", ["customer_id": "C1003"]).values == [
                "plan": "Unlimited Plus", "data_used_mb": "61200", "data_allowance_mb": "0", "data_left_mb": "0", "unlimited": "true",
                "resets_on": "2026-04-01",
            ])
    }

    @Test("the latest bill, and one of a month")
    func bill() async throws {
        #expect(
            try await run("get_bill", ["customer_id": "C1001"]).values == [
                "month": "2026-03", "amount_micro": "29500000", "due_on": "2026-04-15", "paid": "false",
            ])
        #expect(
            try await run("get_bill", ["customer_id": "C1002", "month": "2026-02"]).values == [
                "month": "2026-02", "amount_micro": "72250000", "due_on": "2026-03-15", "paid": "true",
            ])
    }

    @Test("plans and quotes")
    func quotes() async throws {
        #expect(try await run("list_plans").values == ["names": "Basic, Family Share, Unlimited Plus, Traveler"])
        #expect(DemoOperator.planNames == ["Basic", "Family Share", "Unlimited Plus", "Traveler"])
        #expect(
            try await run("quote_plan", ["customer_id": "C1001", "plan": "unlimited plus"]).values == [
                "plan": "Unlimited Plus", "price_micro": "80000000", "data_allowance_mb": "0", "unlimited": "true", "current_plan": "Basic",
                "difference_micro": "55000000",
            ])
        #expect(try await run("quote_plan", ["customer_id": "C1003", "plan": "Basic"]).values["difference_micro"] == "-55000000")
        #expect(try await run("quote_plan", ["customer_id": "C1001", "plan": "Basic"]) == ToolResult(outcome: "same_plan", values: ["plan": "Basic"]))
        #expect(try await run("quote_plan", ["customer_id": "C1001", "plan": "Gold"]).outcome == "unknown_plan")
    }

    @Test("a change happens once, however often it is asked for under its key")
    func change() async throws {
        let arguments = ["customer_id": "C1001", "plan": "Unlimited Plus"]
        let first = try await run("change_plan", arguments)
        #expect(first == ToolResult(values: ["plan": "Unlimited Plus", "price_micro": "80000000", "effective_on": "2026-03-15"]))
        #expect(try await run("change_plan", arguments) == first)
        #expect(try await demo.plan(ofCustomer: "C1001") == "Unlimited Plus")
        #expect(try await database.count("operator_plan_changes") == 1)
        #expect(try await run("change_plan", arguments, key: "k2").outcome == "same_plan")
        #expect(try await run("change_plan", ["customer_id": "C1001", "plan": "Gold"], key: "k3").outcome == "unknown_plan")
        #expect(try await run("get_usage", ["customer_id": "C1001"]).values["unlimited"] == "true")
    }

    @Test("two at once under one key are one change")
    func concurrent() async throws {
        let tool = try #require(tools["change_plan"])
        let results = try await withThrowingTaskGroup(of: ToolResult.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await tool.run(ToolCall(arguments: ["customer_id": "C1002", "plan": "Traveler"], idempotencyKey: "once"))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(results.map(\.outcome)) == ["ok"])
        #expect(try await database.count("operator_plan_changes") == 1)
    }

    @Test("a key that belongs to another request is refused, and changes nothing")
    func foreignKey() async throws {
        _ = try await run("change_plan", ["customer_id": "C1001", "plan": "Traveler"])
        let error = await #expect(throws: ToolError.self) { try await run("change_plan", ["customer_id": "C1002", "plan": "Traveler"]) }
        #expect(error?.code == .badArgument)
        #expect(try await demo.plan(ofCustomer: "C1002") == "Family Share")
    }

    @Test(
        "bad and missing arguments",
        arguments: [
            ("find_customer", [:]), ("find_customer", ["phone": ""]), ("find_customer", ["phone": String(repeating: "5", count: 65)]),
            ("get_usage", [:]), ("get_usage", ["customer_id": "C9999"]), ("get_usage", ["customer_id": "C1001' OR '1'='1"]),
            ("get_bill", ["customer_id": "C1001", "month": "March"]), ("get_bill", ["customer_id": "C1001", "month": "2026-13"]),
            ("quote_plan", ["customer_id": "C1001"]), ("quote_plan", ["plan": "Basic"]), ("change_plan", ["customer_id": "C1001"]),
            ("change_plan", ["customer_id": "C9999", "plan": "Basic"]),
        ] as [(String, [String: String])])
    func badArguments(tool: String, arguments: [String: String]) async throws {
        let error = await #expect(throws: ToolError.self) { try await run(tool, arguments) }
        #expect(error?.code == .badArgument && error?.tool == tool)
    }

    @Test("a change needs a key")
    func noKey() async throws {
        let error = await #expect(throws: ToolError.self) { try await run("change_plan", ["customer_id": "C1001", "plan": "Traveler"], key: "") }
        #expect(error?.code == .badArgument)
    }

    @Test("the next start keeps what was changed, and the next month has its bills")
    func nextStart() async throws {
        _ = try await run("change_plan", ["customer_id": "C1001", "plan": "Traveler"])
        let later = try await DemoOperator(database, now: { Date.ides.addingTimeInterval(31 * 86_400) })
        #expect(try await later.plan(ofCustomer: "C1001") == "Traveler")
        #expect(try await database.count("operator_customers") == 10)
        #expect(try await database.count("operator_bills", where: "customer_id = 'C1001'") == 4)
    }

    @Test("a database that is closed makes its tools unavailable")
    func unavailable() async throws {
        try await database.close()
        for tool in ["list_plans", "change_plan"] {
            let error = await #expect(throws: ToolError.self) { try await run(tool, ["customer_id": "C1001", "plan": "Traveler"]) }
            #expect(error?.code == .unavailable)
        }
    }
}
