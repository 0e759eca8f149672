namespace GitOps.Sandbox.Faults;

/// <summary>A fault that is scripted: what is left of its count, and its dice. Used under the injector's lock.</summary>
internal sealed class ArmedFault
{
    private readonly Random _dice;
    private int _matched;
    private int _met;
    private volatile bool _isRemoved;

    public ArmedFault(Fault fault) => (Fault, _dice) = (fault, new(fault.Seed));

    public Fault Fault { get; }

    /// <summary>Taken back before it was used up: whoever still suffers from it does so no longer.</summary>
    public bool IsRemoved
    {
        get => _isRemoved;
        set => _isRemoved = value;
    }

    public bool IsUsedUp_NeedsLock => _met >= Fault.Times;

    /// <summary>Whether it meets this request, which counts; null: a connection, of which nothing is known.</summary>
    public bool Meets_NeedsLock(RequestRecord? request)
    {
        if (IsUsedUp_NeedsLock || (request is not null && !(Fault.Target.Includes(request) && (Fault.Matches?.Invoke(request) ?? true))))
        {
            return false;
        }

        if (_matched++ < Fault.Skip || (Fault.Probability < 1 && _dice.NextDouble() >= Fault.Probability))
        {
            return false;
        }

        _met++;
        return true;
    }
}
