using GitOps.Operator.Model;

namespace GitOps.Operator.Health.Tables;

/// <summary>The words in which the tables are written.</summary>
internal static class Table
{
    private static readonly FieldName Conditions = "status.conditions";

    /// <summary>The same rule for several kinds of a group.</summary>
    /// <param name="group">As in <see cref="KindRule"/>.</param>
    /// <param name="kinds">With blanks between them.</param>
    /// <param name="clauses">In the order in which they are looked at.</param>
    public static IEnumerable<KindRule> Kinds(string group, string kinds, params Clause[] clauses) =>
        kinds.Split(' ').Select(kind => new TableRule(group, kind, [.. clauses]));

    public static Clause Healthy(params Fact[] facts) => new(HealthCode.Healthy, [.. facts]);

    public static Clause Suspended(params Fact[] facts) => new(HealthCode.Suspended, [.. facts]);

    public static Clause Progressing(params Fact[] facts) => new(HealthCode.Progressing, [.. facts]);

    public static Clause Missing(params Fact[] facts) => new(HealthCode.Missing, [.. facts]);

    public static Clause Degraded(params Fact[] facts) => new(HealthCode.Degraded, [.. facts]);

    public static Clause Unknown(params Fact[] facts) => new(HealthCode.Unknown, [.. facts]);

    /// <summary>A condition of <c>status.conditions</c> is True.</summary>
    public static ConditionFact Is(string? type, string? reason = null) => new(Conditions, type, "True", reason);

    /// <summary>A condition is False.</summary>
    public static ConditionFact IsNot(string? type, string? reason = null) => new(Conditions, type, "False", reason);

    /// <summary>A condition is Unknown.</summary>
    public static ConditionFact IsOpen(string? type) => new(Conditions, type, "Unknown", null);

    /// <summary>There is a condition, and it is not True.</summary>
    public static ConditionFact Lacks(string type) => new(Conditions, type, "True", null) { IsOther = true };

    /// <summary>There is a condition, whatever its status.</summary>
    public static ConditionFact Has(string? type, string? reason = null) => new(Conditions, type, null, reason);

    /// <summary>The value at a path is one of these; none given: it is not empty.</summary>
    public static ValueFact At(string path, params string[] values) => new(path, values);

    public static Fact True(string path) => new ValueFact(path, "true");

    public static Fact Present(string path) => new PresentFact(path);

    public static Fact Absent(string path) => new NotFact(new PresentFact(path));

    public static Fact Positive(string path) => new PositiveFact(path);

    public static Fact Same(string left, string right) => new SameFact(left, right);

    public static Fact Not(Fact fact) => new NotFact(fact);

    public static Fact Any(params Fact[] facts) => new AnyFact(facts);

    public static Fact Some(string path, params Fact[] facts) => new SomeFact(path, facts);

    /// <summary>The controller has said that it has seen another generation.</summary>
    public static Fact Unobserved(string path = "status.observedGeneration") => new UnobservedFact(path, CountsAbsent: false);

    /// <summary>The controller has not said that it has seen this generation.</summary>
    public static Fact NotYetObserved(string path = "status.observedGeneration") => new UnobservedFact(path, CountsAbsent: true);

    /// <summary>Ready, or any other condition that says all: True is Healthy, False is Degraded.</summary>
    public static Clause[] ByCondition(string type) => [Degraded(IsNot(type)), Healthy(Is(type))];
}
