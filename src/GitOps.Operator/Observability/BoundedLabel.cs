namespace GitOps.Operator.Observability;

/// <summary>
/// Keeps a label whose values others choose from growing without end: the first so many values are kept, later ones become
/// <c>other</c>, and an empty one becomes <c>unknown</c>.
/// </summary>
internal sealed class BoundedLabel
{
    public const string Other = "other";
    public const string Unknown = "unknown";

    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly int _capacity;

    public BoundedLabel(int capacity) => _capacity = capacity;

    public string Value(string value)
    {
        if (value.Length == 0)
        {
            return Unknown;
        }

        lock (_lock)
        {
            return _known.Contains(value) || (_known.Count < _capacity && _known.Add(value)) ? value : Other;
        }
    }
}
