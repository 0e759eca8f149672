using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>A write's parameters, the same for all of them.</summary>
internal sealed class WriteRequest
{
    private const int LongestManager = 128;

    private WriteRequest(ApiContext context, ServedResource resource, RequestPath path)
    {
        (Context, Resource, Path) = (context, resource, path);
        Namespace = resource.Namespaced ? path.Namespace ?? string.Empty : string.Empty;
    }

    public ApiContext Context { get; }

    public ServedResource Resource { get; }

    public RequestPath Path { get; }

    public string Namespace { get; }

    public string Name => Path.Name;

    public string Subresource => Path.Subresource;

    public bool DryRun { get; private init; }

    public bool Force { get; private init; }

    /// <summary>Who will own what is written.</summary>
    public string Manager { get; private init; } = string.Empty;

    /// <summary>Whether the manager was named, not taken from the User-Agent.</summary>
    public bool HasExplicitManager { get; private init; }

    public FieldValidation FieldValidation { get; private init; }

    public string ApiVersion => Resource.GroupVersionKind.ApiVersion;

    /// <exception cref="ApiError">A parameter has an impossible value.</exception>
    public static WriteRequest Parse(ApiContext context, ServedResource resource, RequestPath path)
    {
        var manager = context.Query("fieldManager");
        if (manager?.Length > LongestManager)
        {
            throw Refuse(context, "fieldManager", "FieldValueTooLong", $"Too long: may not be more than {LongestManager} bytes");
        }

        if (manager is not null && manager.Any(static letter => char.IsControl(letter)))
        {
            throw Refuse(context, "fieldManager", "FieldValueInvalid", "Invalid value: invalid character");
        }

        return new(context, resource, path)
        {
            DryRun = ParseDryRun(context),
            Force = context.Flag("force"),
            Manager = string.IsNullOrEmpty(manager) ? FromUserAgent(context.Record.UserAgent) : manager,
            HasExplicitManager = !string.IsNullOrEmpty(manager),
            FieldValidation = context.Query("fieldValidation") switch
            {
                null or "" or "Warn" => FieldValidation.Warn,
                "Strict" => FieldValidation.Strict,
                "Ignore" => FieldValidation.Ignore,
                var other => throw Refuse(
                    context, "fieldValidation", "FieldValueNotSupported", $"Unsupported value: \"{other}\": supported values: \"Ignore\", \"Strict\", \"Warn\""),
            },
        };
    }

    /// <exception cref="ApiError">422: only All is a dry run.</exception>
    public static bool ParseDryRun(ApiContext context)
    {
        if (!context.Http.Request.Query.TryGetValue("dryRun", out var values) || values.All(string.IsNullOrEmpty))
        {
            return false;
        }

        return values.All(static value => value == "All")
            ? true
            : throw Refuse(context, "dryRun", "FieldValueNotSupported", $"Unsupported value: [\"{values}\"]: supported values: \"All\"");
    }

    /// <exception cref="ApiError">422: an apply names its manager.</exception>
    public void CheckApply()
    {
        if (!HasExplicitManager)
        {
            throw Refuse(Context, "fieldManager", "FieldValueRequired", "Required value: is required for apply patch");
        }
    }

    /// <exception cref="ApiError">422: only an apply can be forced.</exception>
    public void CheckNoForce()
    {
        if (Context.Query("force") is { Length: > 0 })
        {
            throw Refuse(Context, "force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch");
        }
    }

    /// <summary>Refuses what is wrong with a body, warns of it, or passes over it.</summary>
    /// <exception cref="ApiError">400, for a strict request.</exception>
    public void Report(IReadOnlyList<string> mistakes)
    {
        if (FieldValidation == FieldValidation.Strict && mistakes.Count > 0)
        {
            throw ApiError.BadRequest($"error decoding YAML: {string.Join(", ", mistakes)}");
        }

        foreach (var mistake in FieldValidation == FieldValidation.Warn ? mistakes : [])
        {
            Context.Warn(mistake);
        }
    }

    public StoredObject? Find() => Context.Cluster.Find(Resource, Namespace, Name);

    public ApiError NotFound() => ApiError.NotFound(Resource.Storage, Name);

    private static string FromUserAgent(string userAgent)
    {
        var slash = userAgent.IndexOf('/', StringComparison.Ordinal);
        var name = slash < 0 ? userAgent : userAgent[..slash];
        name = string.Concat(name.Where(static letter => !char.IsControl(letter)));
        return name.Length > LongestManager ? name[..LongestManager] : name;
    }

    private static ApiError Refuse(ApiContext context, string field, string reason, string message)
    {
        var options = context.Http.Request.Method switch { "POST" => "CreateOptions", "PUT" => "UpdateOptions", "PATCH" => "PatchOptions", _ => "DeleteOptions" };
        return ApiError.Invalid("meta.k8s.io", options, string.Empty, new GitOps.Kubernetes.Http.StatusCause(reason, message, field));
    }
}

/// <summary>What to do about fields that a schema does not know.</summary>
internal enum FieldValidation
{
    Ignore,
    Warn,
    Strict,
}
