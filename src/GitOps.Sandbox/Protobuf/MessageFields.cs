using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;

namespace GitOps.Sandbox.Protobuf;

/// <summary>One field of a message.</summary>
/// <param name="Name">Its name in JSON; for an embedded message: its type.</param>
/// <param name="IsEmbedded">Whether the fields of the message it holds belong to the surrounding object in JSON.</param>
internal readonly record struct MessageField(string Name, bool IsEmbedded);

/// <summary>The numbers of the fields of every message that can be sent; what their types are stands in the OpenAPI components.</summary>
internal static class MessageFields
{
    private const char EmbeddedMark = '+';

    private static readonly Lazy<JsonElement> Recorded = new(Load);

    private static readonly ConcurrentDictionary<string, FrozenDictionary<int, MessageField>?> Messages = new(StringComparer.Ordinal);

    /// <param name="component">A component's name, such as <c>io.k8s.api.core.v1.Secret</c>.</param>
    /// <returns>Null: it is not known as a message.</returns>
    public static FrozenDictionary<int, MessageField>? Of(string component) => Messages.GetOrAdd(component, static name =>
        Recorded.Value.TryGetProperty(name, out var fields)
            ? fields.EnumerateObject().ToFrozenDictionary(static field => field.Value.GetInt32(), static field => Read(field.Name))
            : null);

    private static MessageField Read(string name) => name[0] == EmbeddedMark ? new(name[1..], true) : new(name, false);

    private static JsonElement Load()
    {
        const string name = "GitOps.Sandbox.Protobuf.fields-v1.36.json";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the program was built without {name}");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
