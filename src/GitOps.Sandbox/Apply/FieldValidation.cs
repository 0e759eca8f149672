using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Apply;

internal enum FieldValidationMode
{
    Ignore,
    Warn,
    Strict,
}

/// <summary>What a request's body holds that the kind has no place for, and what becomes of it.</summary>
internal static class FieldValidation
{
    /// <summary>Judges a decoded body before anything else happens to it.</summary>
    /// <param name="body">The object, as it came.</param>
    /// <param name="schema">The kind's type.</param>
    /// <param name="mode">What the caller asked for; the server's own choice is Warn.</param>
    /// <param name="duplicates">Paths of fields that stood there twice, from <see cref="JsonBody"/>.</param>
    /// <returns>The texts of the warnings: <c>unknown field "spec.x"</c>.</returns>
    /// <exception cref="ApiException">400: a wrong type of a built-in kind's field; with Strict, an unknown or doubled field.</exception>
    public static IReadOnlyList<string> Check(
        JsonObject body, TypeSchema schema, FieldValidationMode mode, IReadOnlyList<string> duplicates)
    {
        if (DecodingCheck.FirstError(body, schema) is { } mistake)
        {
            throw Refused(body, mistake);
        }

        return mode == FieldValidationMode.Ignore ? [] : CheckFields(body, schema, mode, duplicates);
    }

    private static string[] CheckFields(
        JsonObject body, TypeSchema schema, FieldValidationMode mode, IReadOnlyList<string> duplicates)
    {
        var found = duplicates.Select(static path => $"duplicate field \"{path}\"")
            .Concat(Pruning.UnknownFields(body, schema).Select(static path => $"unknown field \"{path}\""))
            .ToArray();
        return found.Length > 0 && mode == FieldValidationMode.Strict
            ? throw Refused(body, "strict decoding error: " + string.Join(", ", found))
            : found;
    }

    private static ApiException Refused(JsonObject body, string reason)
    {
        var type = new KubernetesObject(body).GroupVersionKind;
        return ApplyErrors.BadRequest($"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: {reason}");
    }
}
