using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using GitOps.Kubernetes.Leases;
using GitOps.Operator.Api;

namespace GitOps.Operator.Options;

/// <summary>Options as they were given, and everything that is wrong with them.</summary>
internal sealed record OptionsResult(OperatorOptions Options, ImmutableArray<string> Errors);

/// <summary>
/// The options of <c>run</c>: what they are called, what they mean, and where they are read from. The command line goes before
/// the environment, the environment before the default; <c>--git-timeout</c> is <c>GITOPS_GIT_TIMEOUT</c> there.
/// </summary>
internal sealed class OperatorOptionSet
{
    private const string EnvironmentPrefix = "GITOPS_";
    private const string PodNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

    private readonly Func<string, string?> _environment;
    private readonly List<Option> _all = [];
    private readonly Option<string> _kubeconfig;
    private readonly Option<string[]> _namespaces;
    private readonly Option<string[]> _trustedNamespaces;
    private readonly Option<string> _defaultServiceAccount;
    private readonly Option<bool> _allowLocalRepositories;
    private readonly Option<string> _listen;
    private readonly Option<string> _webhooksListen;
    private readonly Option<string> _webhooksSecret;
    private readonly Option<string> _secretPolicy;
    private readonly Option<string> _operatorNamespace;
    private readonly Option<string> _workers;
    private readonly Option<string> _applyConcurrency;
    private readonly Option<string> _cacheDirectory;
    private readonly Option<string> _resourceExclusions;
    private readonly Option<string> _resourceInclusions;
    private readonly Option<string> _ignoreDifferences;
    private readonly Option<string[]> _foreignFieldManagers;
    private readonly Option<string[]> _sensitiveAnnotations;
    private readonly Option<string[]> _formerManagers;
    private readonly Option<string> _git;
    private readonly Option<string> _helm;
    private readonly Option<string> _gitTimeout;
    private readonly Option<string> _helmTimeout;
    private readonly Option<string> _helmIsolation;
    private readonly Option<bool> _leaderElection;
    private readonly Option<string> _lease;
    private readonly Option<string> _leaseDuration;
    private readonly Option<string> _leaseRenewDeadline;
    private readonly Option<string> _leaseRetryPeriod;
    private readonly Option<string> _shutdownTimeout;
    private readonly Option<string> _metricsApplicationLimit;
    private readonly Option<string> _logFormat;
    private readonly Option<string> _logLevel;
    private readonly Option<string> _auditLog;

    public OperatorOptionSet(Func<string, string?> environment)
    {
        _environment = environment;
        _kubeconfig = One("--kubeconfig", "FILE", "The cluster to work on. Default: KUBECONFIG, the user's own file, the pod's service account.");
        _namespaces = Many("--namespace", "NS", "Where Applications are looked for. Default: everywhere.");
        _trustedNamespaces = Many(
            "--trusted-namespaces", "NS", "Where an Application may do without a service account, beside the operator's own namespace.");
        _defaultServiceAccount = One("--default-service-account", "NAME", "The account of Applications that name none, in their own namespace.");
        _allowLocalRepositories = new Option<bool>("--allow-local-repositories")
        {
            Description = "Let a repository be a path or a file:// URL. [GITOPS_ALLOW_LOCAL_REPOSITORIES]",
        };
        _all.Add(_allowLocalRepositories);
        _listen = One("--listen", "URL", $"Where health and metrics are served. Default: {OperatorOptions.DefaultListen}.");
        _webhooksListen = One("--webhooks-listen", "URL", "Where webhooks are served, and nothing else. Default: beside health and metrics.");
        _webhooksSecret = One(
            "--webhooks-secret", "NAME", "The Secret of the operator's namespace with the secrets of webhooks, which are off without it. Default: gitops-operator-webhooks.");
        _secretPolicy = One(
            "--secret-policy", "deny|warn|allow", "What is done about secrets in Git where an Application does not say; deny holds for all. Default: warn.");
        _operatorNamespace = One(
            "--operator-namespace", "NS", $"The operator's own namespace. Default: the pod's, else {OperatorOptions.DefaultOperatorNamespace}.");
        _workers = One("--workers", "N", "How many Applications are reconciled at a time.");
        _applyConcurrency = One("--apply-concurrency", "N", "How many objects of one Application are written at a time.");
        _cacheDirectory = One("--cache-directory", "DIR", "Where mirrors of repositories are kept; it may be lost at any time.");
        _resourceExclusions = One(
            "--resource-exclusions", "FILE", "Kinds that are left alone: a YAML list of {apiGroups, kinds, clusters}, as in Argo CD's resource.exclusions.");
        _resourceInclusions = One("--resource-inclusions", "FILE", "The only kinds that are worked with, in the same form. Default: all.");
        _ignoreDifferences = One(
            "--ignore-differences", "FILE",
            "What no Application compares: a YAML list as spec.ignoreDifferences, or Argo CD's resource.customizations.ignoreDifferences.* settings.");
        _foreignFieldManagers = Many(
            "--foreign-field-managers", "NAME",
            "Field managers whose fields spec.drift.foreignFields leaves alone, beside the control plane's; globs.");
        _sensitiveAnnotations = Many(
            "--sensitive-annotations", "KEY", "Annotations whose values are shown in no status, event or log, as in Argo CD's resource.sensitive.mask.annotations.");
        _formerManagers = Many(
            "--former-managers", "NAME",
            "Field managers that made way for the operator, beside kubectl's, Helm's, Argo CD's and Flux's: when an object is adopted, their shares in it end.");
        _git = One("--git", "PROGRAM", "The git program.");
        _helm = One("--helm", "PROGRAM", "The helm program.");
        _gitTimeout = One("--git-timeout", "SECONDS", "How long one fetch from a repository may take.");
        _helmTimeout = One("--helm-timeout", "SECONDS", "How long one rendering of a chart may take.");
        _helmIsolation = One(
            "--helm-isolation", "jail|none", "How helm is kept apart from the operator. With none, a hostile chart may get all that the operator has.");
        _leaderElection = new Option<bool>("--leader-election")
        {
            HelpName = "true|false",
            Description = "Let replicas elect one that works. Default: in a pod, true; else false. [GITOPS_LEADER_ELECTION]",
        };
        _all.Add(_leaderElection);
        _lease = One("--leader-election-lease", "NAME", "The Lease of the operator's namespace that replicas contend for. Default: gitops-operator-leader.");
        _leaseDuration = One("--leader-election-lease-duration", "SECONDS", "How long the others wait for a leader that is silent. Default: 15.");
        _leaseRenewDeadline = One("--leader-election-renew-deadline", "SECONDS", "How long after its last renewal a leader stops. Default: 10.");
        _leaseRetryPeriod = One("--leader-election-retry-period", "SECONDS", "Between two attempts to get or renew the lease. Default: 2.");
        _shutdownTimeout = One(
            "--shutdown-timeout", "SECONDS",
            "How long what is under way may take to end at SIGTERM; at least 8 less than the pod's terminationGracePeriodSeconds. Default: 20.");
        _metricsApplicationLimit = One(
            "--metrics-application-limit", "N", "How many Applications may have metrics of their own; where there are more, the labels namespace and application are dropped. Default: 5000.");
        _logFormat = One("--log-format", "auto|json|text", "Default: text on a terminal, else json.");
        _logLevel = One("--log-level", "LEVEL", "trace, debug, information, warning, error or critical.");
        _auditLog = One("--audit-log", "stdout|stderr", "Where the line of each change to the cluster goes. Default: stdout, with the rest of the log.");
    }

    public IEnumerable<Option> All => _all;

    public static string EnvironmentName(string option) =>
        EnvironmentPrefix + option.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <summary>What was given, completed by defaults and validated.</summary>
    public OptionsResult Read(ParseResult parsed)
    {
        var errors = ImmutableArray.CreateBuilder<string>();
        var defaults = new OperatorOptions();
        var options = defaults with
        {
            Kubeconfig = Text(parsed, _kubeconfig),
            Namespaces = List(parsed, _namespaces),
            TrustedNamespaces = List(parsed, _trustedNamespaces),
            DefaultServiceAccount = Text(parsed, _defaultServiceAccount),
            AllowLocalRepositories = Flag(parsed, _allowLocalRepositories, whenAbsent: false, errors),
            Listen = Text(parsed, _listen) ?? defaults.Listen,
            WebhooksListen = Text(parsed, _webhooksListen),
            WebhooksSecret = Text(parsed, _webhooksSecret) ?? defaults.WebhooksSecret,
            SecretPolicy = Word(parsed, _secretPolicy, defaults.SecretPolicy, errors),
            Workers = Number(parsed, _workers, defaults.Workers, errors),
            ApplyConcurrency = Number(parsed, _applyConcurrency, defaults.ApplyConcurrency, errors),
            CacheDirectory = Text(parsed, _cacheDirectory) ?? defaults.CacheDirectory,
            Resources = new(Rules(parsed, _resourceInclusions, errors), Rules(parsed, _resourceExclusions, errors)),
            Ignored = Text(parsed, _ignoreDifferences) is { } file ? IgnoreDifferencesFile.Read(_ignoreDifferences.Name, file, errors) : defaults.Ignored,
            ForeignFieldManagers = List(parsed, _foreignFieldManagers),
            SensitiveAnnotations = List(parsed, _sensitiveAnnotations),
            FormerManagers = List(parsed, _formerManagers),
            Git = Text(parsed, _git) ?? defaults.Git,
            Helm = Text(parsed, _helm) ?? defaults.Helm,
            GitTimeout = TimeSpan.FromSeconds(Number(parsed, _gitTimeout, (int)defaults.GitTimeout.TotalSeconds, errors)),
            HelmTimeout = TimeSpan.FromSeconds(Number(parsed, _helmTimeout, (int)defaults.HelmTimeout.TotalSeconds, errors)),
            HelmIsolation = Word(parsed, _helmIsolation, defaults.HelmIsolation, errors),
            Lease = Text(parsed, _lease) ?? defaults.Lease,
            LeaseIdentity = LeaseIdentity.Create(_environment),
            LeaseDuration = Seconds(parsed, _leaseDuration, defaults.LeaseDuration, errors),
            LeaseRenewDeadline = Seconds(parsed, _leaseRenewDeadline, defaults.LeaseRenewDeadline, errors),
            LeaseRetryPeriod = Seconds(parsed, _leaseRetryPeriod, defaults.LeaseRetryPeriod, errors),
            PodAddress = _environment("POD_IP") is { Length: > 0 } address ? address : null,
            ShutdownTimeout = Seconds(parsed, _shutdownTimeout, defaults.ShutdownTimeout, errors),
            MetricsApplicationLimit = Number(parsed, _metricsApplicationLimit, defaults.MetricsApplicationLimit, errors),
            LogFormat = Word(parsed, _logFormat, defaults.LogFormat, errors),
            AuditLog = Word(parsed, _auditLog, defaults.AuditLog, errors),
            LogLevel = Word(parsed, _logLevel, defaults.LogLevel, errors),
        };
        options = options with
        {
            OperatorNamespace = Text(parsed, _operatorNamespace) ?? OwnNamespace(options),
            LeaderElection = Flag(parsed, _leaderElection, whenAbsent: IsInPod(options), errors),
        };
        errors.AddRange(OperatorOptionsValidator.Validate(options));
        return new OptionsResult(options, errors.ToImmutable());
    }

    private Option<string> One(string name, string value, string description)
    {
        var option = new Option<string>(name) { HelpName = value, Description = $"{description} [{EnvironmentName(name)}]" };
        _all.Add(option);
        return option;
    }

    private Option<string[]> Many(string name, string value, string description)
    {
        var option = new Option<string[]>(name)
        {
            HelpName = value,
            Description = $"{description} [{EnvironmentName(name)}, separated by commas]",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        _all.Add(option);
        return option;
    }

    private string OwnNamespace(OperatorOptions options)
    {
        if (_environment("POD_NAMESPACE") is { Length: > 0 } name)
        {
            return name;
        }

        return IsInPod(options) && File.Exists(PodNamespaceFile) ? File.ReadAllText(PodNamespaceFile).Trim() : options.OperatorNamespace;
    }

    private bool IsInPod(OperatorOptions options) => options.Kubeconfig is null && _environment("KUBERNETES_SERVICE_HOST") is { Length: > 0 };

    private TimeSpan Seconds(ParseResult parsed, Option<string> option, TimeSpan whenAbsent, ImmutableArray<string>.Builder errors) =>
        TimeSpan.FromSeconds(Number(parsed, option, (int)whenAbsent.TotalSeconds, errors));

    private ImmutableArray<ResourceRule> Rules(ParseResult parsed, Option<string> option, ImmutableArray<string>.Builder errors) =>
        Text(parsed, option) is { } path ? ResourceRuleFile.Read(option.Name, path, errors) : [];

    private string? Text(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) ?? (FromEnvironment(option) is { Length: > 0 } text ? text : null);

    private string? FromEnvironment(Option option) => _environment(EnvironmentName(option.Name))?.Trim();

    private ImmutableArray<string> List(ParseResult parsed, Option<string[]> option)
    {
        var given = parsed.GetResult(option) is null ? null : parsed.GetValue(option);
        return [.. (given ?? [FromEnvironment(option) ?? string.Empty])
            .SelectMany(static text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Distinct(StringComparer.Ordinal)];
    }

    private bool Flag(ParseResult parsed, Option<bool> option, bool whenAbsent, ImmutableArray<string>.Builder errors)
    {
        if (parsed.GetResult(option) is { Implicit: false })
        {
            return parsed.GetValue(option);
        }

        var text = FromEnvironment(option);
        if (string.IsNullOrEmpty(text))
        {
            return whenAbsent;
        }

        if (!bool.TryParse(text, out var value))
        {
            errors.Add($"{EnvironmentName(option.Name)}: '{text}' is neither true nor false");
        }

        return value;
    }

    private int Number(ParseResult parsed, Option<string> option, int whenAbsent, ImmutableArray<string>.Builder errors)
    {
        if (Text(parsed, option) is not { } text)
        {
            return whenAbsent;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        errors.Add($"{option.Name}: '{text}' is not a whole number");
        return whenAbsent;
    }

    private T Word<T>(ParseResult parsed, Option<string> option, T whenAbsent, ImmutableArray<string>.Builder errors)
        where T : struct, Enum
    {
        if (Text(parsed, option) is not { } text)
        {
            return whenAbsent;
        }

        if (Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            return Enum.Parse<T>(text, ignoreCase: true);
        }

        errors.Add($"{option.Name}: '{text}' is none of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
        return whenAbsent;
    }
}
