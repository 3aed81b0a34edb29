import GRDB

/// What the demo operator begins with. 1 GB is 1,000 MB.
enum DemoOperatorSeed {
    struct Plan: Sendable {
        var name: String, priceMicro: Int
        /// `nil` is unlimited.
        var allowanceMB: Int?
    }
    struct Customer: Sendable {
        var id: String, name: String, phone: String, plan: String, usedMB: Int
        /// What the bills of the last three months hold beyond the plan's price, oldest first.
        var extrasMicro: [Int]
    }

    /// In the order in which they are offered.
    static let plans = [
        Plan(name: "Basic", priceMicro: 25_000_000, allowanceMB: 5_000),
        Plan(name: "Family Share", priceMicro: 65_000_000, allowanceMB: 40_000),
        Plan(name: "Unlimited Plus", priceMicro: 80_000_000, allowanceMB: nil),
        Plan(name: "Traveler", priceMicro: 45_000_000, allowanceMB: 15_000),
    ]

    static let customers = [
        Customer(id: "C1001", name: "Maria Lopez", phone: "+15550101", plan: "Basic", usedMB: 3_500, extrasMicro: [0, 0, 4_500_000]),
        Customer(id: "C1002", name: "David Chen", phone: "+15550102", plan: "Family Share", usedMB: 27_500, extrasMicro: [0, 7_250_000, 0]),
        Customer(id: "C1003", name: "Aisha Khan", phone: "+15550103", plan: "Unlimited Plus", usedMB: 61_200, extrasMicro: [0, 0, 0]),
        Customer(id: "C1004", name: "Tom Becker", phone: "+15550104", plan: "Traveler", usedMB: 14_000, extrasMicro: [12_000_000, 0, 3_000_000]),
        Customer(id: "C1005", name: "Grace Miller", phone: "+15550105", plan: "Basic", usedMB: 5_000, extrasMicro: [0, 2_500_000, 10_000_000]),
        Customer(id: "C1006", name: "Peter Novak", phone: "+15550106", plan: "Family Share", usedMB: 8_000, extrasMicro: [0, 0, 0]),
        Customer(id: "C1007", name: "Susan Clark", phone: "+15550107", plan: "Basic", usedMB: 250, extrasMicro: [0, 0, 1_990_000]),
        Customer(id: "C1008", name: "Raj Patel", phone: "+15550108", plan: "Unlimited Plus", usedMB: 18_400, extrasMicro: [5_000_000, 0, 0]),
        Customer(id: "C1009", name: "Anna Rossi", phone: "+15550109", plan: "Traveler", usedMB: 2_750, extrasMicro: [0, 0, 6_000_000]),
        Customer(id: "C1010", name: "John Smith", phone: "+15550100", plan: "Family Share", usedMB: 39_100, extrasMicro: [0, 0, 15_000_000]),
    ]

    /// Bills fall due on this day of the month after theirs.
    static let dueDay = 15

    /// Inserts what is not there. Bills are of the current month and the two before it; the current one is unpaid.
    static func insert(into db: Database, month: CivilMonth) throws {
        for (position, plan) in plans.enumerated() {
            try db.execute(
                sql: "INSERT OR IGNORE INTO operator_plans (name, price_micro, data_allowance_mb, position) VALUES (?, ?, ?, ?)",
                arguments: [plan.name, plan.priceMicro, plan.allowanceMB, position])
        }
        for customer in customers {
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO operator_customers (id, account_number, name, first_name, phone, phone_last_digits, plan, plan_since)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    customer.id, "ACC-\(customer.id.dropFirst())", customer.name, String(customer.name.prefix { $0 != " " }),
                    customer.phone, PhoneNumber(customer.phone).lastDigits, customer.plan,
                    CivilDate(month: month.advanced(by: -12), day: 1).description,
                ])
            try db.execute(
                sql: "INSERT OR IGNORE INTO operator_usage (customer_id, month, data_used_mb) VALUES (?, ?, ?)",
                arguments: [customer.id, month.description, customer.usedMB])
            let price = plans.first { $0.name == customer.plan }?.priceMicro ?? 0
            for (age, extra) in customer.extrasMicro.reversed().enumerated() {
                let billed = month.advanced(by: -age)
                try db.execute(
                    sql: "INSERT OR IGNORE INTO operator_bills (customer_id, month, amount_micro, due_on, paid) VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        customer.id, billed.description, price + extra,
                        CivilDate(month: billed.advanced(by: 1), day: dueDay).description, age > 0,
                    ])
            }
        }
    }
}
