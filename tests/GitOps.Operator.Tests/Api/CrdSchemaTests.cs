using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Api;

public sealed class CrdSchemaTests
{
    private static readonly HashSet<string> ArgoFields =
        [.. File.ReadAllLines(ArgoFieldsFile()).Select(static line => line[..line.IndexOf(' ', StringComparison.Ordinal)])];

    [Fact]
    public void Every_member_of_the_records_is_in_the_schema_with_its_type()
    {
        var differences = new List<string>();
        Compare(ApiJson.Default.ApplicationSpec, Crds.Property(Crds.Application, "spec"), "spec", differences);
        Compare(ApiJson.Default.ApplicationStatus, Crds.Property(Crds.Application, "status"), "status", differences);
        Compare(ApiJson.Default.InventorySpec, Crds.Property(Crds.Inventory, "spec"), "inventory.spec", differences);
        Compare(ApiJson.Default.SyncApprovalSpec, Crds.Property(Crds.Approval, "spec"), "approval.spec", differences);
        differences.ShouldBeEmpty();
    }

    [Fact]
    public void Every_field_of_the_schema_that_Argo_CD_lacks_is_a_member_of_the_records()
    {
        var missing = Unknown(ApiJson.Default.ApplicationSpec, Crds.Property(Crds.Application, "spec"), "spec")
            .Where(static path => !ArgoFields.Contains(path))
            .Concat(Unknown(ApiJson.Default.ApplicationStatus, Crds.Property(Crds.Application, "status"), "status"))
            .Concat(Unknown(ApiJson.Default.InventorySpec, Crds.Property(Crds.Inventory, "spec"), "inventory.spec"))
            .Concat(Unknown(ApiJson.Default.SyncApprovalSpec, Crds.Property(Crds.Approval, "spec"), "approval.spec"));
        missing.ShouldBeEmpty();
    }

    [Fact]
    public void Every_field_of_an_Argo_CD_Application_is_in_the_schema_with_its_type()
    {
        var ours = new[] { "spec", "operation" }
            .SelectMany(static part => Crds.Walk(Crds.Property(Crds.Application, part), part))
            .ToDictionary(static item => item.Path, static item => Crds.TypeOf(item.Schema), StringComparer.Ordinal);
        var lines = File.ReadAllLines(ArgoFieldsFile());

        lines.Length.ShouldBeGreaterThan(500);
        lines.Where(line => line.Split(' ', 2) is var parts && ours.GetValueOrDefault(parts[0]) != parts[1]).ShouldBeEmpty();
    }

    [Fact]
    public void Every_field_is_described_and_every_list_says_how_it_is_merged()
    {
        var schemas = Crds.Walk(Crds.Application, "Application").Concat(Crds.Walk(Crds.Inventory, "ResourceInventory"))
            .Concat(Crds.Walk(Crds.Approval, "SyncApproval")).ToList();

        schemas.Where(static item => item.Schema["description"] is null && !item.Path.EndsWith("[]", StringComparison.Ordinal)
            && !item.Path.EndsWith(".metadata", StringComparison.Ordinal)).Select(static item => item.Path).ShouldBeEmpty();
        schemas.Where(static item => item.Schema["type"]?.GetValue<string>() == "array" && item.Schema["x-kubernetes-list-type"] is null)
            .Select(static item => item.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("applications.gitops-operator.dev.yaml")]
    [InlineData("resourceinventories.gitops-operator.dev.yaml")]
    [InlineData("syncapprovals.gitops-operator.dev.yaml")]
    public void The_names_are_those_of_the_program(string file)
    {
        var crd = new KubernetesObject(Crds.Load(file));
        var resource = file[0] switch { 'a' => Names.Application, 'r' => Names.ResourceInventory, _ => Names.SyncApproval };

        crd.Name.ShouldBe($"{resource.Plural}.{Names.Group}");
        KubernetesObject.GetString(crd.At("spec", "names") as JsonObject, "plural").ShouldBe(resource.Plural);
        KubernetesObject.GetString(crd.At("spec", "names") as JsonObject, "kind").ShouldBe(resource.Kind);
        KubernetesObject.GetString(crd.At("spec") as JsonObject, "group").ShouldBe(resource.Group);
        (crd.At("spec", "versions") as JsonArray)![0]!["name"]!.GetValue<string>().ShouldBe(resource.Version);
        ((crd.At("spec", "versions") as JsonArray)![0]!["subresources"]?["status"] is not null).ShouldBe(resource.HasStatusSubresource);
    }

    private static void Compare(JsonTypeInfo type, JsonObject schema, string path, List<string> differences)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable)
        {
            if (schema["items"] is not JsonObject items)
            {
                differences.Add($"{path}: the schema has no list");
                return;
            }

            Compare(type.Options.GetTypeInfo(type.ElementType!), items, path + "[]", differences);
            return;
        }

        if (type.Kind == JsonTypeInfoKind.Dictionary)
        {
            if (schema["additionalProperties"] is not JsonObject values || ScalarOf(values) != ScalarOf(type.ElementType!))
            {
                differences.Add($"{path}: a map in the records, none of the same values in the schema");
            }

            return;
        }

        if (type.Kind != JsonTypeInfoKind.Object)
        {
            var (expected, actual) = (ScalarOf(type.Type), ScalarOf(schema));
            if (expected != actual)
            {
                differences.Add($"{path}: {expected} in the records, {actual} in the schema");
            }

            return;
        }

        foreach (var property in type.Properties.Where(JsonShape.IsMember))
        {
            if (schema["properties"]?[property.Name] is not JsonObject child)
            {
                differences.Add($"{path}.{property.Name}: not in the schema");
                continue;
            }

            var isRequired = (schema["required"] as JsonArray)?.Any(name => name!.GetValue<string>() == property.Name) == true;
            if (property.IsRequired && !isRequired)
            {
                differences.Add($"{path}.{property.Name}: required in the records alone");
            }

            Compare(type.Options.GetTypeInfo(property.PropertyType), child, $"{path}.{property.Name}", differences);
        }
    }

    private static IEnumerable<string> Unknown(JsonTypeInfo type, JsonObject schema, string path)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable)
        {
            return Unknown(type.Options.GetTypeInfo(type.ElementType!), schema["items"]!.AsObject(), path + "[]");
        }

        return (schema["properties"] as JsonObject ?? []).SelectMany(field =>
            type.Properties.Where(JsonShape.IsMember).FirstOrDefault(property => property.Name == field.Key) is { } known
                ? Unknown(type.Options.GetTypeInfo(known.PropertyType), field.Value!.AsObject(), $"{path}.{field.Key}")
                : [$"{path}.{field.Key}"]);
    }

    private static string ScalarOf(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return type switch
        {
            { IsEnum: true } => "string of " + string.Join(",", Enum.GetNames(type)),
            _ when type == typeof(string) => "string",
            _ when type == typeof(bool) => "boolean",
            _ when type == typeof(long) => "integer int64",
            _ when type == typeof(int) => "integer int32",
            _ when type == typeof(DateTimeOffset) => "string date-time",
            _ => type.Name,
        };
    }

    // The texts that a user writes are checked by the validator: their enums are no enums of the records.
    private static string ScalarOf(JsonObject schema)
    {
        var text = schema["type"]!.GetValue<string>();
        if (schema["format"] is { } format)
        {
            return $"{text} {format}";
        }

        return schema["enum"] is JsonArray values && !IsUserText(values) ? $"{text} of {string.Join(",", values.Select(static item => item!.GetValue<string>()))}" : text;
    }

    private static bool IsUserText(JsonArray values) => values[0]!.GetValue<string>() is "Heal" or "Allow" or "True" or "HEAD" or "MergeCommit";

    private static string ArgoFieldsFile([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "argo-fields.txt");
}
