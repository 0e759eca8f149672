using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Webhooks;

/// <summary>
/// Who is asked a second time about one request. All are asked in a first round; if somebody changed the object after one that
/// wants to know, there is one second round, in which those are asked whose answer somebody has changed since.
/// </summary>
internal sealed class Reinvocation
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _toAsk = new(StringComparer.Ordinal);
    private JsonNode? _lastResult;

    /// <summary>Whether somebody changed the object.</summary>
    public bool IsWanted { get; private set; }

    /// <summary>Whether this is the second round.</summary>
    public bool IsSecond { get; private set; }

    public void Begin() => IsSecond = true;

    /// <summary>What comes before the webhooks has run again: if it changed something, all that want to know are asked.</summary>
    public void Resume(JsonObject? json)
    {
        if (IsSecond && !JsonNode.DeepEquals(_lastResult, json))
        {
            AskAgain();
        }
    }

    public void Pause(JsonObject? json) => _lastResult = json?.DeepClone();

    /// <summary>Whether somebody is asked in this round.</summary>
    public bool Includes(string id) => !IsSecond || _toAsk.Contains(id);

    public void OnChanged()
    {
        AskAgain();
        IsWanted = true;
    }

    /// <summary>Somebody was asked who wants to be asked again if others change the object.</summary>
    public void OnAsked(string id) => _asked.Add(id);

    private void AskAgain()
    {
        _toAsk.UnionWith(_asked);
        _asked.Clear();
    }
}
