using System.Text.Json.Nodes;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>What a write gives: a stored state, or JSON where nothing was stored or the object is gone.</summary>
/// <param name="Status">200 or 201.</param>
/// <param name="Stored">Null if nothing was stored.</param>
/// <param name="Json">Set if <paramref name="Stored"/> is not.</param>
internal readonly record struct WriteOutcome(int Status, StoredObject? Stored, JsonObject? Json)
{
    public static WriteOutcome Of(int status, StoredObject stored) => new(status, stored, null);

    public static WriteOutcome Of(int status, JsonObject json) => new(status, null, json);
}
