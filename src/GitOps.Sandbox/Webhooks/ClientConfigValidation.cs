using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Webhooks;

/// <summary>Where a webhook may be: an https URL without anything but host and path, or a service.</summary>
internal static class ClientConfigValidation
{
    private const string Form = "; desired format: https://host[/path]";

    public static void Check(JsonObject? config, string field, Causes causes)
    {
        var (url, service) = (config.Text("url"), config.Object("service"));
        if (url is null == service is null)
        {
            causes.Required(field, "exactly one of url or service is required");
        }
        else if (url is not null)
        {
            Url(url, field + ".url", causes);
        }
        else
        {
            Service(service!, field + ".service", causes);
        }
    }

    private static void Url(string text, string field, Causes causes)
    {
        var schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = schemeEnd < 0 ? string.Empty : text[..schemeEnd];
        var rest = schemeEnd < 0 ? string.Empty : text[(schemeEnd + 3)..];
        var (before, fragment) = Split(schemeEnd < 0 ? text : rest, '#');
        var (address, query) = Split(before, '?');
        var authority = schemeEnd < 0 ? string.Empty : address.Split('/')[0];
        var at = authority.LastIndexOf('@');
        var host = authority[(at + 1)..];
        if (host.Length > 0 && !Uri.TryCreate($"https://{host}", UriKind.Absolute, out _))
        {
            causes.Required(field, $"url must be a valid URL: parse {Causes.Describe(text)}: invalid host{Form}");
            return;
        }

        if (scheme != "https")
        {
            causes.Invalid(field, scheme, "'https' is the only allowed URL scheme" + Form);
        }

        if (host.Length == 0)
        {
            causes.Invalid(field, host, "host must be specified" + Form);
        }

        if (at >= 0)
        {
            causes.Invalid(field, authority[..at], "user information is not permitted in the URL");
        }

        if (fragment.Length > 0)
        {
            causes.Invalid(field, fragment, "fragments are not permitted in the URL");
        }

        if (query.Length > 0)
        {
            causes.Invalid(field, query, "query parameters are not permitted in the URL");
        }
    }

    private static (string Before, string After) Split(string text, char separator)
    {
        var index = text.IndexOf(separator, StringComparison.Ordinal);
        return index < 0 ? (text, string.Empty) : (text[..index], text[(index + 1)..]);
    }

    private static void Service(JsonObject service, string field, Causes causes)
    {
        foreach (var name in (ReadOnlySpan<string>)["name", "namespace"])
        {
            if (service.Text(name) is null or "")
            {
                causes.Required($"{field}.{name}");
            }
        }

        if (KubernetesObject.GetInt64(service, "port") is { } port and (< 1 or > 65535))
        {
            causes.Invalid(field + ".port", port, "port is not valid: must be between 1 and 65535, inclusive");
        }

        if (service.Text("path") is { Length: > 1 } path)
        {
            Path(path, field + ".path", causes);
        }
    }

    private static void Path(string path, string field, Causes causes)
    {
        if (path == "//")
        {
            causes.Invalid(field, path, "segment[0] may not be empty");
            return;
        }

        if (path[0] != '/')
        {
            causes.Invalid(field, path, "must start with a '/'");
        }

        var segments = (path.EndsWith('/') ? path[1..^1] : path[1..]).Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i].Length == 0)
            {
                causes.Invalid(field, path, $"segment[{i}] may not be empty");
            }
            else if (Names.Subdomain(segments[i]).FirstOrDefault() is { } problem)
            {
                causes.Invalid(field, path, $"segment[{i}]: {problem}");
            }
        }
    }
}
