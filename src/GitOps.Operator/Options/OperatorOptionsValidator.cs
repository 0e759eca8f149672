using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GitOps.Manifests.Plain;

namespace GitOps.Operator.Options;

/// <summary>Finds everything that is wrong with the options, not only the first thing. Each message names its option.</summary>
internal static partial class OperatorOptionsValidator
{
    /// <summary>UTF-16 characters of a field manager's name, as the API server limits it.</summary>
    private const int MaxManager = 128;

    public static ImmutableArray<string> Validate(OperatorOptions options)
    {
        var errors = ImmutableArray.CreateBuilder<string>();
        errors.AddRange(options.Namespaces.Where(static name => !IsName(name)).Select(static name => Name("--namespace", name)));
        errors.AddRange(options.TrustedNamespaces.Where(static name => !IsName(name)).Select(static name => Name("--trusted-namespaces", name)));
        if (!IsName(options.OperatorNamespace))
        {
            errors.Add(Name("--operator-namespace", options.OperatorNamespace));
        }

        if (options.DefaultServiceAccount is { } account && !account.Split('.').All(IsName))
        {
            errors.Add($"--default-service-account: '{account}' is not the name of a service account (it is a name, without a namespace)");
        }

        if (options.Kubeconfig is { } kubeconfig && !File.Exists(kubeconfig))
        {
            errors.Add($"--kubeconfig: there is no file '{kubeconfig}'");
        }

        if (ListenProblem(options.Listen) is { } problem)
        {
            errors.Add($"--listen: '{options.Listen}' {problem}");
        }

        if (options.WebhooksListen is { } webhooks && (ListenProblem(webhooks) ?? WebhooksProblem(webhooks, options.Listen)) is { } apart)
        {
            errors.Add($"--webhooks-listen: '{webhooks}' {apart}");
        }

        if (options.WebhooksSecret.Length > 253 || !options.WebhooksSecret.Split('.').All(IsName))
        {
            errors.Add($"--webhooks-secret: '{options.WebhooksSecret}' is not the name of a Secret (it is a name, without a namespace)");
        }

        errors.AddRange(options.FormerManagers.Where(static name => name.Length > MaxManager || name.StartsWith(Api.Names.FieldManager, StringComparison.Ordinal))
            .Select(static name => $"--former-managers: '{name}' is not the field manager of another tool (our own are no former ones, and the server takes {MaxManager} characters)"));
        errors.AddRange(options.SensitiveAnnotations.Where(static key => !AnnotationKey().IsMatch(key))
            .Select(static key => $"--sensitive-annotations: '{key}' is not the key of an annotation"));
        foreach (var manager in options.ForeignFieldManagers)
        {
            try
            {
                GlobPattern.Parse(manager);
            }
            catch (FormatException malformed)
            {
                errors.Add($"--foreign-field-managers: {malformed.Message}");
            }
        }

        errors.AddRange(LeaderElectionRules.Check(options, IsName));
        Range("--shutdown-timeout", options.ShutdownTimeout.TotalSeconds, 1, 3600);
        Range("--workers", options.Workers, 1, 256);
        Range("--apply-concurrency", options.ApplyConcurrency, 1, 256);
        Range("--metrics-application-limit", options.MetricsApplicationLimit, 0, 100_000);
        Range("--git-timeout", options.GitTimeout.TotalSeconds, 1, 3600);
        Range("--helm-timeout", options.HelmTimeout.TotalSeconds, 1, 3600);
        NotEmpty("--cache-directory", options.CacheDirectory);
        NotEmpty("--git", options.Git);
        NotEmpty("--helm", options.Helm);
        return errors.ToImmutable();

        void Range(string option, double value, double least, double most)
        {
            if (!(value >= least && value <= most))
            {
                errors.Add($"{option}: {value} is not between {least} and {most}");
            }
        }

        void NotEmpty(string option, string value)
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                errors.Add($"{option}: must not be empty");
            }
        }
    }

    private static string Name(string option, string name) => $"{option}: '{name}' is not the name of a namespace";

    private static bool IsName(string name) => name.Length <= 63 && DnsLabel().IsMatch(name);

    // They are told apart by port.
    private static string? WebhooksProblem(string webhooks, string listen) => PortOf(webhooks) switch
    {
        0 => "needs a port that is not 0",
        var port when port == PortOf(listen) => "needs another port than --listen (without this option, webhooks are served there)",
        _ => null,
    };

    private static int? PortOf(string listen) => Parse(listen)?.Port;

    // The host may be * or +, which Uri does not read.
    private static Uri? Parse(string listen) => Uri.TryCreate(
        listen.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri) ? uri : null;

    private static string? ListenProblem(string listen)
    {
        if (Parse(listen) is not { Host.Length: > 0 } uri)
        {
            return "is not a URL such as http://0.0.0.0:8080";
        }

        if (uri.Scheme != Uri.UriSchemeHttp)
        {
            return "does not begin with http:// (health and metrics are served as plain HTTP)";
        }

        return uri.PathAndQuery == "/" && uri.UserInfo.Length == 0 ? null : "has more than a host and a port";
    }

    [GeneratedRegex("^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AnnotationKey();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DnsLabel();
}
