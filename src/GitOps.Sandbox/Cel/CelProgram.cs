namespace GitOps.Sandbox.Cel;

/// <summary>What came of compiling an expression.</summary>
/// <param name="Program">Null if it was refused.</param>
/// <param name="Errors">
/// Why it was refused, as the API server words it: <c>ERROR: &lt;input&gt;:1:6: undefined field 'x'</c> with the line and a mark
/// below the place. Join them with a line break.
/// </param>
internal sealed record CelCompilation(CelProgram? Program, IReadOnlyList<string> Errors)
{
    /// <summary>The type of the result; dyn if it was refused.</summary>
    public CelType Type => Program?.Type ?? CelType.Dyn;

    /// <summary>Whether it could be checked, but is known to fail whenever it is evaluated.</summary>
    public bool IsUnusable { get; init; }

    /// <summary>Whether it is right but gives a value of another type than expected.</summary>
    public bool IsOfWrongType { get; init; }

    public string ErrorText => string.Join('\n', Errors);
}

/// <summary>What came of evaluating an expression.</summary>
/// <param name="Value">Null if it failed.</param>
/// <param name="Error">Why it failed; null if it did not.</param>
/// <param name="Cost">What it cost.</param>
internal sealed record CelResult(CelValue? Value, string? Error, long Cost)
{
    /// <summary>Whether it was stopped because this one evaluation cost too much.</summary>
    public bool IsTooCostly { get; init; }

    /// <summary>Whether the budget was used up by it; its value then must not be used.</summary>
    public bool IsOverBudget { get; init; }

    public bool IsTrue => ReferenceEquals(Value, CelBool.True);
}

/// <summary>A compiled expression. Immutable; it may be evaluated by many threads at once.</summary>
internal sealed class CelProgram
{
    private readonly CelPlan _plan;

    private CelProgram(string expression, CelNode root, CelPlan plan, IReadOnlySet<string> variables) =>
        (Expression, Type, Variables, Root, _plan) = (expression, root.Type, variables, root, plan);

    public string Expression { get; }

    /// <summary>The type of the result, as far as it is known.</summary>
    public CelType Type { get; }

    /// <summary>The declared variables that the expression uses.</summary>
    public IReadOnlySet<string> Variables { get; }

    /// <summary>The checked tree.</summary>
    public CelNode Root { get; }

    /// <summary>Parses and checks an expression.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="environment">What it may use.</param>
    /// <param name="expected">What its result has to be; null if it may be anything.</param>
    public static CelCompilation Compile(string expression, CelEnvironment environment, CelType? expected)
    {
        var errors = new CelErrors(expression);
        if (CelParser.Parse(expression, errors) is not { } root || errors.Count > 0)
        {
            return new(null, errors.ToTexts());
        }

        var variables = CelChecker.Check(root, environment, errors);
        if (errors.Count == 0)
        {
            CelLiteralChecks.Check(root, errors);
        }

        if (errors.Count > 0)
        {
            return new(null, errors.ToTexts());
        }

        if (expected is not null && !root.Type.Is(expected))
        {
            return new(null, [$"must evaluate to {expected}"]) { IsOfWrongType = true };
        }

        try
        {
            return new(new CelProgram(expression, root, CelPlanner.Plan(root, environment), variables), []);
        }
        catch (CelPlanException exception)
        {
            return new(null, [exception.Message]) { IsUnusable = true };
        }
    }

    /// <summary>Evaluates the expression.</summary>
    /// <param name="variables">
    /// By their names: JSON nodes (which must not change meanwhile), values, texts, numbers, truth values, null, or a
    /// <c>Func&lt;CelValue&gt;</c> that is called if the variable is needed.
    /// </param>
    /// <param name="budget">Is charged with the cost.</param>
    public CelResult Evaluate(IReadOnlyDictionary<string, object?> variables, CelBudget budget)
    {
        var frame = new CelFrame(variables, _plan.Locals, _plan.Globals, CelBudget.PerCall);
        try
        {
            var value = _plan.Step.Evaluate(frame);
            var isOver = !budget.TrySpend(frame.Cost);
            return value is CelError error
                ? new(null, error.Message, frame.Cost) { IsOverBudget = isOver }
                : new(value, null, frame.Cost) { IsOverBudget = isOver };
        }
        catch (CelCostException)
        {
            var isOver = !budget.TrySpend(frame.Cost);
            return new(null, "operation cancelled: actual cost limit exceeded", frame.Cost) { IsTooCostly = true, IsOverBudget = isOver };
        }
    }
}
