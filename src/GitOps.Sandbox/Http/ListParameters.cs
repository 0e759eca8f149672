using System.Globalization;
using GitOps.Kubernetes.Http;

namespace GitOps.Sandbox.Http;

/// <summary>Whether the parameters of a list or a watch go together.</summary>
internal static class ListParameters
{
    private const string Exact = "Exact";
    private const string NotOlderThan = "NotOlderThan";
    private const string Field = "resourceVersionMatch";

    /// <summary>A number, where there is one.</summary>
    /// <exception cref="ApiError">400: it is none.</exception>
    public static long? Number(ApiContext context, string name) => context.Query(name) switch
    {
        null => null,
        var text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        var text => throw ApiError.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax"),
    };

    /// <exception cref="ApiError">422 with every reason; 400: a number is none.</exception>
    public static void Check(ApiContext context)
    {
        Number(context, "timeoutSeconds");
        Number(context, "limit");
        var causes = new List<StatusCause>();
        if (context.Record.Verb == "watch")
        {
            Watch(context, causes);
        }
        else
        {
            List(context, causes);
        }

        if (causes.Count > 0)
        {
            throw ApiError.Invalid("meta.k8s.io", "ListOptions", string.Empty, [.. causes]);
        }
    }

    private static void List(ApiContext context, List<StatusCause> causes)
    {
        if (context.Query(Field) is { Length: > 0 } match)
        {
            var version = context.Query("resourceVersion");
            ForbidIf(string.IsNullOrEmpty(version), "resourceVersionMatch is forbidden unless resourceVersion is provided", causes);
            ForbidIf(context.Query("continue") is { Length: > 0 }, "resourceVersionMatch is forbidden when continue is provided", causes);
            if (match is not (Exact or NotOlderThan))
            {
                causes.Add(NotSupported(match, $"\"{Exact}\", \"{NotOlderThan}\""));
            }

            ForbidIf(match == Exact && version == "0", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"", causes);
        }

        if (context.Query("sendInitialEvents") is { Length: > 0 })
        {
            causes.Add(new("FieldValueForbidden", "Forbidden: sendInitialEvents is forbidden for list", "sendInitialEvents"));
        }
    }

    private static void Watch(ApiContext context, List<StatusCause> causes)
    {
        var match = context.Query(Field) ?? string.Empty;
        var asksForInitial = context.Query("sendInitialEvents") is { Length: > 0 };
        ForbidIf(asksForInitial && match != NotOlderThan, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan", causes);
        if (match.Length > 0)
        {
            ForbidIf(!asksForInitial, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided", causes);
            if (match != NotOlderThan)
            {
                causes.Add(NotSupported(match, $"\"{NotOlderThan}\""));
            }
        }

        ForbidIf(context.Query("continue") is { Length: > 0 }, "resourceVersionMatch is forbidden when continue is provided", causes);
    }

    private static void ForbidIf(bool isWrong, string why, List<StatusCause> causes)
    {
        if (isWrong)
        {
            causes.Add(new("FieldValueForbidden", $"Forbidden: {why}", Field));
        }
    }

    private static StatusCause NotSupported(string match, string supported) =>
        new("FieldValueNotSupported", $"Unsupported value: \"{match}\": supported values: {supported}", Field);
}
