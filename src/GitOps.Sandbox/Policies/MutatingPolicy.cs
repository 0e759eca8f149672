using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Policies;

/// <summary>One change that a policy makes: an object to merge in, or a JSON patch.</summary>
internal sealed record PolicyMutation(PolicyExpression Expression, bool IsPatch)
{
    /// <summary>The changed object; the given one if there is nothing to change.</summary>
    /// <param name="context">The request.</param>
    /// <param name="json">The object; it is not changed.</param>
    /// <param name="type">Its type.</param>
    /// <exception cref="PolicyConfigurationException">The expression fails, or what it gives cannot be applied.</exception>
    public JsonObject Apply(PolicyContext context, JsonObject json, TypeSchema type)
    {
        var result = context.Evaluate(Expression);
        if (result.Value is not { } value)
        {
            throw new PolicyConfigurationException(Expression.Program is null ? Expression.Error! : result.Error!);
        }

        var mistakes = value is CelList patch ? patch.Items.SelectMany(Mistakes).ToList() : CelObjectTypes.Mistakes(value);
        if (mistakes.Count > 0)
        {
            throw new PolicyConfigurationException($"type mismatch: {string.Join('\n', mistakes)}");
        }

        return IsPatch ? Patched(json, ToJson(value) as JsonArray ?? []) : Merged(json, ToJson(value) as JsonObject ?? [], type);
    }

    private static IEnumerable<string> Mistakes(CelValue operation) =>
        operation is CelObjectValue record && record.Find("value") is CelObjectValue value ? CelObjectTypes.Mistakes(value) : [];

    private static JsonNode? ToJson(CelValue value)
    {
        try
        {
            return value.ToJson();
        }
        catch (CelConversionException exception)
        {
            throw new PolicyConfigurationException($"JSONPath valueExpression evaluated to a type that could not marshal to JSON: {exception.Message}");
        }
    }

    private static JsonObject Patched(JsonObject json, JsonArray patch)
    {
        try
        {
            return JsonPatchDocument.Apply(json, patch);
        }
        catch (ApiException exception) when (exception.Message == JsonPatchDocument.FailedTest)
        {
            // A test that fails means that the patch is not meant for this object.
            return json;
        }
        catch (ApiException exception)
        {
            throw new PolicyConfigurationException($"JSON Patch: {exception.Message}");
        }
    }

    private static JsonObject Merged(JsonObject json, JsonObject applied, TypeSchema type)
    {
        applied["kind"] = json["kind"]?.DeepClone();
        applied["apiVersion"] = json["apiVersion"]?.DeepClone();
        var errors = TypedValidation.Errors(applied, type);
        if (errors.Count > 0)
        {
            var text = errors.Count == 1 ? errors[0] : "errors:\n  " + string.Join("\n  ", errors);
            throw new PolicyConfigurationException($"error applying patch: failed to convert patch object to typed object: {text}");
        }

        var atomics = new List<string>();
        FindAtomics(applied, type, string.Empty, atomics);
        if (atomics.Count > 0)
        {
            throw new PolicyConfigurationException(
                $"error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {string.Join(", ", atomics)}");
        }

        return TypedMerge.Merge(json, applied, type);
    }

    private static void FindAtomics(JsonNode? value, TypeSchema type, string path, List<string> atomics)
    {
        switch (value)
        {
            case JsonObject fields when type.Shape == SchemaShape.Object:
                if (type.IsAtomic)
                {
                    atomics.Add(path);
                }

                foreach (var (name, below) in fields)
                {
                    if (type.Properties.TryGetValue(name, out var property))
                    {
                        FindAtomics(below, property.Type, $"{path}.{name}", atomics);
                    }
                }

                break;
            case JsonArray items when type is { Shape: SchemaShape.List, Item: { } item }:
                if (!TypedValues.IsAssociative(type))
                {
                    atomics.Add(path);
                }

                for (var i = 0; i < items.Count; i++)
                {
                    FindAtomics(items[i], item, $"{path}[{i}]", atomics);
                }

                break;
            default:
                break;
        }
    }
}

/// <summary>A MutatingAdmissionPolicy, compiled.</summary>
internal sealed record MutatingPolicy(Policy Policy, ImmutableArray<PolicyMutation> Mutations, bool IsReinvocable)
{
    public static IEnumerable<MutatingPolicy> ReadAll(JsonObject json)
    {
        var policy = Policies.Policy.Read(json);
        var environment = PolicyEnvironment.Of(policy.ParamKind is not null, hasAuthorizer: true).WithVariables(policy.Variables).WithObjectTypes();
        yield return new(
            policy,
            [.. json.Object("spec").Objects("mutations").Select(mutation => ReadMutation(mutation, environment))],
            json.Object("spec").Text("reinvocationPolicy") == "IfNeeded");
    }

    private static PolicyMutation ReadMutation(JsonObject mutation, CelEnvironment environment)
    {
        var isPatch = mutation.Text("patchType") == "JSONPatch";
        var text = mutation.Object(isPatch ? "jsonPatch" : "applyConfiguration").Text("expression") ?? string.Empty;
        return new(
            PolicyExpression.Compile(text, environment, isPatch ? CelType.ListOf(CelObjectTypes.JsonPatch) : CelObjectTypes.Object), isPatch);
    }
}
