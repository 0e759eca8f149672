namespace GitOps.Sandbox.Cel.Evaluation;

/// <summary>One evaluation: its variables, and what it has cost so far.</summary>
internal sealed class CelFrame(IReadOnlyDictionary<string, object?> variables, int locals, int globals, long limit)
{
    private readonly CelValue?[] _globals = new CelValue?[globals];

    /// <summary>The variables of folds, by their depth.</summary>
    public CelValue[] Locals { get; } = new CelValue[locals];

    public long Cost { get; private set; }

    /// <exception cref="CelCostException">It has cost more than it may.</exception>
    public void Charge(long cost)
    {
        Cost += cost;
        if (Cost > limit)
        {
            throw new CelCostException();
        }
    }

    /// <summary>The value of a variable; it is made when it is first asked for.</summary>
    public CelValue Global(int index, string name) => _globals[index] ??= variables.TryGetValue(name, out var value)
        ? CelValues.Of(value)
        : new CelError($"no such attribute(s): {name}");
}

/// <summary>An evaluation costs more than it may; it never leaves the program.</summary>
internal sealed class CelCostException : Exception;
