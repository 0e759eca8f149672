namespace GitOps.Operator.Leading;

/// <summary>The lease is another's, or may be any moment; all work has ended.</summary>
internal sealed class LeadershipLostException : Exception
{
    public LeadershipLostException(string message)
        : base(message)
    {
    }
}
