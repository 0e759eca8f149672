using System.Text;
using GitOps.Operator.Credentials;

namespace GitOps.Operator.Git;

/// <summary>
/// How one repository is reached: with one Secret, as it is now. Every git process gets a pass of its own, made from it and taken
/// back afterwards.
/// </summary>
internal sealed class GitAccess
{
    private readonly IRepositoryCredentials _credentials;
    private readonly string _directory;
    private readonly GitUrl _url;
    private readonly bool _usesAccount;
    private readonly TimeProvider _time;
    private RepositoryCredential? _credential;
    private Remark? _remark;

    public GitAccess(GitOptions options, IRepositoryCredentials credentials, GitUrl url, RepositoryCredential? credential, TimeProvider time)
    {
        _credentials = credentials;
        _directory = GitCacheDirectory.Passes(options);
        _usesAccount = options.UsesAccount;
        _url = url;
        _credential = credential;
        _time = time;
        Identity = credential?.Identity ?? string.Empty;
    }

    /// <summary>Of the credential, whatever it says now; empty: none.</summary>
    public string Identity { get; }

    /// <summary>Null: none.</summary>
    public RepositoryCredential? Credential
    {
        get => Volatile.Read(ref _credential);
        set => Volatile.Write(ref _credential, value);
    }

    public GitUrl Url => _url;

    public SharedTrust Shared => _credentials.Shared;

    /// <summary>What the user should know about how the repository is reached; null: nothing.</summary>
    public string? Warning
    {
        get
        {
            if (Credential is not { IsInsecure: true } credential)
            {
                return null;
            }

            // Asked for in every pass: worded once.
            if (Volatile.Read(ref _remark) is { } known && ReferenceEquals(known.Of, credential))
            {
                return known.Text;
            }

            var remark = new Remark(credential, $"{_url.Key}: who the server is is not checked, as Secret {credential.Origin} asks for (insecure)");
            Volatile.Write(ref _remark, remark);
            return remark.Text;
        }
    }

    /// <summary>The login for now; null: none.</summary>
    /// <exception cref="GitException">The credential cannot be used, or no token was given.</exception>
    public async ValueTask<BasicLogin?> LoginAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Credential is { } credential ? await _credentials.LoginAsync(credential, _url.Text, cancellationToken) : null;
        }
        catch (GitException failure)
        {
            throw new GitException(failure.Kind, $"{_url.Key}: {failure.Message}", failure);
        }
    }

    /// <summary>What one git process takes to reach the server. Dispose it when the process has ended.</summary>
    /// <exception cref="GitException">The credential cannot be used, or no token was given.</exception>
    public async ValueTask<GitPass> OpenAsync(CancellationToken cancellationToken)
    {
        var credential = Credential;
        if (credential?.Problem is { } problem)
        {
            throw new GitException(GitFailure.InvalidCredential, $"{_url.Key}: {problem}");
        }

        var pass = new GitPass(_directory);
        try
        {
            switch (_url.Transport)
            {
                case GitTransport.Https:
                    Https(pass, credential, await LoginAsync(cancellationToken));
                    break;
                case GitTransport.Ssh:
                    Ssh(pass, credential);
                    break;
                default:
                    break;
            }

            return pass;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            pass.Dispose();
            throw new GitException(GitFailure.Other, $"{_url.Key}: the Git cache directory cannot be used: {exception.Message}", exception);
        }
        catch
        {
            pass.Dispose();
            throw;
        }
    }

    /// <summary>A failure of git, with what was used and the way out.</summary>
    public GitException Explain(GitException failure)
    {
        if (failure.Kind == GitFailure.Authentication && Credential is { } refused)
        {
            _credentials.Refused(refused);
        }

        return GitErrors.OfAccess(failure, _url, Credential, _time.GetUtcNow());
    }

    private void Https(GitPass pass, RepositoryCredential? credential, BasicLogin? login)
    {
        var uri = new Uri(_url.Text);
        var header = $"http.{uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}/.extraHeader";
        var authorities = credential?.CertificateAuthorities ?? _credentials.Shared.Authorities.GetValueOrDefault(uri.IdnHost.ToLowerInvariant());
        if (authorities is not null)
        {
            // By variable: it goes before those that we were started with. And an empty directory, so that nothing else is trusted.
            pass.Set("GIT_SSL_CAINFO", pass.Write("authorities", authorities));
            pass.Set("GIT_SSL_CAPATH", pass.MakeDirectory("none"));
        }

        if (credential is null)
        {
            return;
        }

        // A redirect would take along whatever is said about this server.
        pass.Configure("http.followRedirects", "false");
        if (credential.IsInsecure)
        {
            pass.Configure("http.sslVerify", "false");
        }

        if (credential is { TlsClientCertificate: { } certificate, TlsClientKey: { } key })
        {
            pass.Set("GIT_SSL_CERT", pass.Write("certificate", certificate));
            pass.Set("GIT_SSL_KEY", pass.Write("key", key));
        }

        if (credential.BearerToken is { } token)
        {
            pass.Hide(token);
            pass.Configure(header, $"Authorization: Bearer {token}");
        }
        else if (login is not null)
        {
            // Sent without being asked for: it saves a request each time, and some servers never ask.
            var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.Username}:{login.Password}"));
            pass.Hide(login.Password);
            pass.Hide(encoded);
            pass.Configure(header, $"Authorization: Basic {encoded}");
        }

        if (credential.Proxy is { } proxy)
        {
            pass.Configure("http.proxy", proxy);
            if (new Uri(proxy).UserInfo is { Length: > 0 } userInfo)
            {
                pass.Hide(userInfo);
                pass.Hide(userInfo[(userInfo.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            }
        }

        if (credential.Proxy is not null || credential.NoProxy is not null)
        {
            pass.Set("NO_PROXY", credential.NoProxy ?? string.Empty);
            pass.Set("no_proxy", credential.NoProxy ?? string.Empty);
        }
    }

    private void Ssh(GitPass pass, RepositoryCredential? credential)
    {
        pass.Set("GIT_SSH_VARIANT", "ssh");
        if (_usesAccount && credential is null)
        {
            pass.Set("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes -oConnectTimeout=10");
            return;
        }

        // Nothing of the account that we run as: its keys, its agent and its configuration are nobody's credentials.
        var command = new StringBuilder("ssh -F none -oBatchMode=yes -oConnectTimeout=10 -oIdentityAgent=none -oIdentitiesOnly=yes -oUpdateHostKeys=no");
        command.Append(" -oPreferredAuthentications=publickey -oControlMaster=no -oControlPath=none -oProxyCommand=none");
        command.Append(" -oIdentityFile=").Append(credential?.SshPrivateKey is { } key ? Quote(pass.Write("key", key)) : "none");
        if (credential?.IsInsecure == true)
        {
            command.Append(" -oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oGlobalKnownHostsFile=/dev/null");
        }
        else
        {
            var known = $"{credential?.KnownHosts}\n{_credentials.Shared.KnownHosts}\n".ReplaceLineEndings("\n");
            command.Append(" -oStrictHostKeyChecking=yes -oUserKnownHostsFile=").Append(Quote(pass.Write("known_hosts", known)));
        }

        pass.Set("GIT_SSH_COMMAND", command.ToString());
    }

    // For the shell that git starts ssh by, and for ssh, which splits a file's name at blanks.
    private static string Quote(string path) => $"'\"{path.Replace("'", @"'\''", StringComparison.Ordinal)}\"'";

    private sealed record Remark(RepositoryCredential Of, string Text);
}
