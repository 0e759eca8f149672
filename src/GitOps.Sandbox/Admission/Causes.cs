using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>Collects what is wrong with an object, in the server's words.</summary>
internal sealed class Causes
{
    private readonly ImmutableArray<StatusCause>.Builder _causes = ImmutableArray.CreateBuilder<StatusCause>();

    public int Count => _causes.Count;

    public ImmutableArray<StatusCause> ToImmutable() => _causes.ToImmutable();

    /// <summary>A value as messages write it.</summary>
    public static string Describe(JsonNode? value) => value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.String
        ? Describe(scalar.GetValue<string>())
        : KubernetesJson.ToText(value);

    public static string Describe(string value) => KubernetesJson.ToText(JsonValue.Create(value));

    public void Add(StatusCause cause) => _causes.Add(cause);

    /// <summary>All of others, so many times.</summary>
    public void AddRange(Causes others, int times)
    {
        for (var i = 0; others.Count > 0 && i < times; i++)
        {
            _causes.AddRange(others._causes);
        }
    }

    public void AddRange(IEnumerable<StatusCause> causes) => _causes.AddRange(causes);

    public void Required(string field, string why = "") =>
        Add("FieldValueRequired", why.Length == 0 ? "Required value" : $"Required value: {why}", field);

    public void Invalid(string field, JsonNode? value, string why) =>
        Add("FieldValueInvalid", $"Invalid value: {Describe(value)}: {why}", field);

    public void Forbidden(string field, string why) => Add("FieldValueForbidden", $"Forbidden: {why}", field);

    public void NotSupported(string field, JsonNode? value, IEnumerable<string> supported) => Add(
        "FieldValueNotSupported",
        $"Unsupported value: {Describe(value)}: supported values: {string.Join(", ", supported)}",
        field);

    public void Duplicate(string field, JsonNode? value) => Add("FieldValueDuplicate", $"Duplicate value: {Describe(value)}", field);

    public void TypeInvalid(string field, string value, string why) =>
        Add("FieldValueTypeInvalid", $"Invalid value: {Describe(value)}: {why}", field);

    public void TooLong(string field, long most) => Add("FieldValueTooLong", $"Too long: may not be more than {most} byte{(most == 1 ? string.Empty : "s")}", field);

    public void TooMany(string field, long count, long most) =>
        Add("FieldValueTooMany", $"Too many: {count}: must have at most {most} items", field);

    private void Add(string reason, string message, string field) => _causes.Add(new(reason, message, field));
}
