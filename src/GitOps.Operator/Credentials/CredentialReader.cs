using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Plain;
using GitOps.Operator.Api;
using GitOps.Operator.Credentials.Expiry;

namespace GitOps.Operator.Credentials;

/// <summary>
/// Reads a Secret in Argo CD's form. What is wrong with it is said with the Secret's name and the key, never with a value: the
/// credential is there all the same, so that whoever needs it is told instead of being asked for another.
/// </summary>
internal sealed class CredentialReader
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly KubernetesObject _secret;
    private readonly string _origin;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private readonly List<string> _remarks = [];

    private CredentialReader(KubernetesObject secret)
    {
        _secret = secret;
        _origin = $"{secret.Namespace}/{secret.Name}";
    }

    /// <summary>Where values are read from and problems go.</summary>
    public static CredentialSecret? Read(KubernetesObject secret, out string? unusable) => new CredentialReader(secret).Read(out unusable);

    private CredentialSecret? Read(out string? unusable)
    {
        unusable = null;
        var role = _secret.Label(CredentialSecret.OurLabel) ?? _secret.Label(CredentialSecret.ArgoLabel);
        if (role is not ("repository" or "repo-creds"))
        {
            return null;
        }

        Decode();
        var isTemplate = role == "repo-creds";
        var kind = Kind(isTemplate);
        var written = Text(CredentialKeys.Url);
        var url = written is null ? null : CredentialUrl.KeyOf(written, kind ?? RepositoryKind.Git);
        if (url is null)
        {
            unusable = written is null
                ? $"Secret {_origin}: key {CredentialKeys.Url} is missing: set the URL of the repository, or the beginning of those of several"
                : $"Secret {_origin}: key {CredentialKeys.Url} is no URL of a repository, or holds a password: write https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or oci://HOST/PATH";
            return null;
        }

        var credential = Credential(url);
        LookForOthers();
        LookForOtherAnnotations();
        return new()
        {
            Key = new(_secret.Namespace, _secret.Name),
            IsTemplate = isTemplate,
            Kind = kind,
            Url = url,
            Allowed = _secret.Annotation(CredentialKeys.AllowedNamespaces) ?? string.Empty,
            AllowedNamespaces = Allowed(),
            Ends = CredentialEnds.Of(credential),
            Credential = credential with { Problem = _problems.Count == 0 ? null : $"Secret {_origin}: {string.Join("; ", _problems)}" },
            Remarks = [.. _remarks.Select(remark => $"Secret {_origin}: {remark}")],
        };
    }

    private RepositoryCredential Credential(string url)
    {
        var credential = new RepositoryCredential
        {
            Origin = _origin,
            Identity = $"{_origin}/{_secret.Uid}",
            Version = $"{_secret.Uid}/{_secret.ResourceVersion}",
            Username = Line(CredentialKeys.Username),
            Password = Line(CredentialKeys.Password),
            BearerToken = Line(CredentialKeys.BearerToken),
            IsBasicAuthForced = Flag(CredentialKeys.ForceHttpBasicAuth),
            SshPrivateKey = PrivateKey(CredentialKeys.SshPrivateKey),
            KnownHosts = Text(CredentialKeys.KnownHosts),
            TlsClientCertificate = Text(CredentialKeys.TlsClientCertificate),
            TlsClientKey = Text(CredentialKeys.TlsClientKey),
            CertificateAuthorities = Text(CredentialKeys.Authorities),
            IsInsecure = Flag(CredentialKeys.Insecure) | Flag(CredentialKeys.InsecureIgnoreHostKey),
            Proxy = Proxy(),
            NoProxy = Line(CredentialKeys.NoProxy),
            IsLfsEnabled = Flag(CredentialKeys.EnableLfs),
            GitHubApp = App(),
            EndsAt = EndsAt(),
        };
        CheckPems(credential);
        CheckUse(credential, url.StartsWith("ssh://", StringComparison.Ordinal));
        return credential;
    }

    private void Decode()
    {
        foreach (var (name, node) in _secret.Json["data"] as JsonObject ?? [])
        {
            if (node is not JsonValue value || !value.TryGetValue(out string? encoded))
            {
                continue;
            }

            try
            {
                // An empty value says as much as none, as with Argo CD.
                if (Strict.GetString(Convert.FromBase64String(encoded)) is { Length: > 0 } text)
                {
                    _values[name] = text;
                }
            }
            catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
            {
                _problems.Add($"key {name} is no text in UTF-8");
            }
        }
    }

    private string? Text(string key) => _values.TryGetValue(key, out var value) && value.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>A line break at the end is what editors and shells leave.</summary>
    private string? Line(string key)
    {
        if (!_values.TryGetValue(key, out var value) || value.TrimEnd('\r', '\n') is not { Length: > 0 } line)
        {
            return null;
        }

        if (line.Any(char.IsControl))
        {
            _problems.Add($"key {key} holds a line break or another control character; write it as one line");
            return null;
        }

        return line;
    }

    private bool Flag(string key)
    {
        switch (Text(key))
        {
            case null or "false" or "False" or "FALSE" or "f" or "F" or "0":
                return false;
            case "true" or "True" or "TRUE" or "t" or "T" or "1":
                return true;
            default:
                _problems.Add($"key {key} is neither true nor false");
                return false;
        }
    }

    private RepositoryKind? Kind(bool isTemplate)
    {
        switch (Text(CredentialKeys.Type))
        {
            case "helm":
                return Flag(CredentialKeys.EnableOci) ? RepositoryKind.Oci : RepositoryKind.Helm;
            case "oci":
                return RepositoryKind.Oci;
            case "git":
                return RepositoryKind.Git;
            case null:
                return isTemplate ? null : RepositoryKind.Git;
            default:
                _problems.Add($"key {CredentialKeys.Type} is none of git, helm and oci");
                return isTemplate ? null : RepositoryKind.Git;
        }
    }

    private string? PrivateKey(string key)
    {
        // ssh refuses a key whose last line does not end, or that has been through another system's editor.
        var text = Text(key)?.ReplaceLineEndings("\n") is { } trimmed ? trimmed + "\n" : null;
        if (text is not null && CredentialPem.KeyProblem(text) is { } problem)
        {
            _problems.Add($"key {key} {problem}");
        }

        return text;
    }

    private string? Proxy()
    {
        if (Line(CredentialKeys.Proxy) is not { } proxy)
        {
            return null;
        }

        if (!Uri.TryCreate(proxy, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https" or "socks5" or "socks5h") || uri.Host.Length == 0)
        {
            _problems.Add($"key {CredentialKeys.Proxy} is no URL of a proxy: write http://HOST:PORT (or https, socks5)");
        }

        return proxy;
    }

    private GitHubApp? App()
    {
        var id = Line(CredentialKeys.GitHubAppId);
        var key = Text(CredentialKeys.GitHubAppPrivateKey);
        if (id is null && key is null)
        {
            if (Text(CredentialKeys.GitHubAppInstallationId) is not null)
            {
                _problems.Add($"keys {CredentialKeys.GitHubAppId} and {CredentialKeys.GitHubAppPrivateKey} are missing beside {CredentialKeys.GitHubAppInstallationId}");
            }

            return null;
        }

        if (id is null || key is null)
        {
            _problems.Add($"key {(id is null ? CredentialKeys.GitHubAppId : CredentialKeys.GitHubAppPrivateKey)} is missing: a GitHub App takes both");
            return null;
        }

        var api = Line(CredentialKeys.GitHubAppApiUrl);
        if (api is not null && (!Uri.TryCreate(api, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps))
        {
            _problems.Add($"key {CredentialKeys.GitHubAppApiUrl} is no https URL: write https://HOST/api/v3");
        }

        if (!CredentialPem.IsRsaKey(key))
        {
            _problems.Add($"key {CredentialKeys.GitHubAppPrivateKey} is no RSA private key in PEM, without a passphrase");
        }

        return new(id, Line(CredentialKeys.GitHubAppInstallationId), key, api);
    }

    private void CheckPems(RepositoryCredential credential)
    {
        var (certificate, key) = (credential.TlsClientCertificate, credential.TlsClientKey);
        if (certificate is null != key is null)
        {
            _problems.Add($"key {(key is null ? CredentialKeys.TlsClientKey : CredentialKeys.TlsClientCertificate)} is missing: a client certificate takes both");
        }
        else if (certificate is not null && !CredentialPem.IsCertificate(certificate, key!))
        {
            _problems.Add($"keys {CredentialKeys.TlsClientCertificate} and {CredentialKeys.TlsClientKey} are no certificate in PEM and its private key, without a passphrase");
        }

        if (credential.CertificateAuthorities is { } authorities && !CredentialPem.AreCertificates(authorities))
        {
            _problems.Add($"key {CredentialKeys.Authorities} holds no certificates in PEM");
        }
    }

    /// <summary>What cannot work together, or not with this kind of URL.</summary>
    private void CheckUse(RepositoryCredential credential, bool isSsh)
    {
        var logins = ((string, bool)[])
        [
            (CredentialKeys.Password, credential.Password is not null), (CredentialKeys.BearerToken, credential.BearerToken is not null),
            (CredentialKeys.GitHubAppId, credential.GitHubApp is not null),
        ];
        if (logins.Count(static login => login.Item2) > 1)
        {
            _problems.Add($"of the keys {string.Join(", ", logins.Where(static login => login.Item2).Select(static login => login.Item1))} only one can be sent; leave one");
        }

        if (isSsh && credential.Proxy is not null)
        {
            _problems.Add($"key {CredentialKeys.Proxy} is not supported with an ssh URL; use https, or a server that is reached without a proxy");
        }

        var isHttpLogin = logins.Any(static login => login.Item2) || credential.TlsClientCertificate is not null;
        if (isSsh && isHttpLogin && credential.SshPrivateKey is null)
        {
            _problems.Add($"key {CredentialKeys.SshPrivateKey} is missing: the URL is one of ssh, which takes a key and no password");
        }

        if (!isSsh && credential.SshPrivateKey is not null && !isHttpLogin)
        {
            _problems.Add($"key {CredentialKeys.SshPrivateKey} is of no use with an https URL; write ssh://USER@HOST/PATH, or set {CredentialKeys.Username} and {CredentialKeys.Password}");
        }
    }

    private void LookForOthers()
    {
        foreach (var (key, value) in _values.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if (CredentialKeys.Unsupported.TryGetValue(key, out var wayOut))
            {
                if (value.Trim() is not ("false" or ""))
                {
                    _problems.Add($"key {key} is not supported: {wayOut}");
                }
            }
            else if (!CredentialKeys.Supported.Contains(key, StringComparer.Ordinal) && !CredentialKeys.WithoutEffect.Contains(key, StringComparer.Ordinal))
            {
                var nearest = NearestName.Of(key, CredentialKeys.Supported) is { } name ? $" (did you mean {name}?)" : string.Empty;
                _remarks.Add($"there is no key {key}; it has no effect{nearest}");
            }
        }
    }

    private DateTimeOffset? EndsAt()
    {
        if (_secret.Annotation(Annotations.ExpiresAt) is not { } written)
        {
            return null;
        }

        var date = ExpiryDate.Parse(written);
        if (date is null)
        {
            _remarks.Add($"annotation {Annotations.ExpiresAt} is no date, and nobody is warned: write {ExpiryDate.Forms}");
        }

        return date;
    }

    /// <summary>One that is misspelt would be missed only on the day that it is about.</summary>
    private void LookForOtherAnnotations() => _remarks.AddRange(
        (_secret.Metadata?["annotations"] as JsonObject ?? []).Select(static pair => pair.Key).Order(StringComparer.Ordinal)
            .Select(static name => Annotations.UnknownUnder(Annotations.Prefix, name)).OfType<string>());

    private ImmutableArray<GlobPattern> Allowed()
    {
        var patterns = ImmutableArray.CreateBuilder<GlobPattern>();
        foreach (var text in (_secret.Annotation(CredentialKeys.AllowedNamespaces) ?? string.Empty)
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                patterns.Add(GlobPattern.Parse(text));
            }
            catch (FormatException malformed)
            {
                _remarks.Add($"annotation {CredentialKeys.AllowedNamespaces}: {malformed.Message}; it allows nobody");
            }
        }

        return patterns.ToImmutable();
    }
}
