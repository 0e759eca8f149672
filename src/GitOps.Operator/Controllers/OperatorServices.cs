using GitOps.Kubernetes.Auth;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Auditing;
using GitOps.Operator.Charts;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using GitOps.Operator.Leading;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GitOps.Operator.Controllers;

/// <summary>What the operator is made of, in the order of the flow.</summary>
internal static class OperatorServices
{
    public static IServiceCollection AddGitOpsOperator(this IServiceCollection services, OperatorOptions options, ClusterConfig cluster)
    {
        services.AddSingleton(options);
        services.AddSingleton(cluster);
        services.TryAddSingleton(TimeProvider.System);

        // Observability: everything below reports to it.
        services.AddSingleton<OperatorTelemetry>();
        services.AddSingleton<OperatorMetrics>();
        services.AddSingleton<HealthRegistry>();
        services.AddSingleton<RequestObserver>();

        services.AddSingleton<LogLevels>();
        services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(static provider => provider.GetRequiredService<LogLevels>());
        services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(static provider => provider.GetRequiredService<LogLevels>());
        services.AddHostedService<LogLevelWatch>();

        // The cluster.
        services.TryAddSingleton(static provider => new KubernetesClientOptions
        {
            UserAgent = KubernetesClientOptions.Agent("gitops-operator", BuildInfo.Current.Version, BuildInfo.Current.Commit),
            TimeProvider = provider.GetRequiredService<TimeProvider>(),
            Observer = provider.GetRequiredService<RequestObserver>(),
            OnWritten = provider.GetRequiredService<AuditTrail>().Written,
            SendsTraceParent = provider.GetService<TelemetrySettings>()?.SendsTraceParent ?? true,
            WriteGuard = provider.GetRequiredService<OperatorOptions>().LeaderElection ? provider.GetRequiredService<WriteGate>() : null,
        });
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<WriteGate>();
        services.AddSingleton<Candidacy>();
        services.AddSingleton<StandbyWebhooks>();
        services.AddSingleton(static provider =>
        {
            var client = new KubernetesClient(
                provider.GetRequiredService<ClusterConfig>(), provider.GetRequiredService<KubernetesClientOptions>());
            provider.GetRequiredService<OperatorMetrics>().Certificates = () => client.CertificateExpiries.Select(
                static expiry => (expiry.Use == CertificateUse.Client ? "client" : "authority", expiry.NotAfter));
            return client;
        });
        services.AddSingleton<IKubernetesClient>(static provider => provider.GetRequiredService<KubernetesClient>());

        // Credentials: watched, and handed to whoever reaches a repository.
        services.AddSingleton(static provider => new GitHubTokens(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<CredentialBook>(static provider =>
        {
            var book = new CredentialBook(OperatorParts.TrustOf(provider.GetRequiredService<OperatorOptions>()), provider.GetRequiredService<GitHubTokens>());
            provider.GetRequiredService<OperatorMetrics>().Credentials = () => book.Ends;
            return book;
        });
        services.AddSingleton<IRepositoryCredentials>(static provider => provider.GetRequiredService<CredentialBook>());
        services.AddSingleton<CredentialWatch>();
        services.AddHostedService(static provider => provider.GetRequiredService<CredentialWatch>());

        // Repositories: polled, mirrored and read.
        services.AddSingleton(static provider => GitStage.Create(
            provider.GetRequiredService<OperatorOptions>(),
            new GitObserver(provider.GetRequiredService<OperatorMetrics>()),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<GitRepositories>>(),
            provider.GetRequiredService<IRepositoryCredentials>()));
        services.AddSingleton<IGitRepositories>(static provider => provider.GetRequiredService<GitRepositories>());
        services.AddHostedService(static provider => provider.GetRequiredService<GitRepositories>());

        // Git servers that tell of a push.
        services.AddSingleton<IFollowedRepositories>(static provider => provider.GetRequiredService<GitRepositories>());
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<RepositoryRefresher>();
        services.AddSingleton(static provider => new WebhookReceiver(
            () => provider.GetRequiredService<WebhookSecrets>().Keys, provider.GetRequiredService<IFollowedRepositories>(),
            provider.GetRequiredService<RepositoryRefresher>(), provider.GetRequiredService<OperatorMetrics>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<WebhookReceiver>>()));
        services.AddHostedService(static provider => provider.GetRequiredService<WebhookSecrets>());
        services.AddHostedService(static provider => provider.GetRequiredService<RepositoryRefresher>());

        // Charts: their cache is below the one that the mirrors' owner has locked for this process.
        services.AddSingleton(static provider =>
        {
            provider.GetRequiredService<GitRepositories>();
            return ChartStage.Create(
                provider.GetRequiredService<OperatorOptions>(),
                provider.GetRequiredService<IRepositoryCredentials>(),
                new ChartObserver(provider.GetRequiredService<OperatorMetrics>()),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<ChartRepositories>>());
        });
        services.AddSingleton<IChartRepositories>(static provider => provider.GetRequiredService<ChartRepositories>());
        services.AddHostedService(static provider => provider.GetRequiredService<ChartRepositories>());

        // The loop that everything else serves.
        services.AddSingleton<ReconcileQueue>();
        services.AddHostedService<OperatorLoop>();
        services.AddHostedService<MemoryTrimmer>();
        return services;
    }
}
