using System.Text.RegularExpressions;

namespace GitOps.Referee;

/// <summary>What of a kubeconfig is needed to reach its one cluster. Not a YAML reader: it looks for <c>key: value</c>.</summary>
/// <param name="Server">The API server's address.</param>
/// <param name="Authority">PEM; null: the machine's own authorities.</param>
/// <param name="Token">Bearer token; null: none.</param>
/// <param name="ClientCertificate">PEM; null: none.</param>
/// <param name="ClientKey">PEM; null: none.</param>
public sealed partial record Kubeconfig(Uri Server, string? Authority, string? Token, string? ClientCertificate, string? ClientKey)
{
    /// <exception cref="FormatException">It names no server, or more than one.</exception>
    public static Kubeconfig Read(string path)
    {
        var text = File.ReadAllText(path);
        var servers = Values(text, "server").Distinct(StringComparer.Ordinal).ToList();
        if (servers.Count != 1)
        {
            throw new FormatException($"{path}: {servers.Count} servers; the referee takes a kubeconfig of one cluster");
        }

        return new(
            new Uri(servers[0]), Pem(text, "certificate-authority"), Values(text, "token").FirstOrDefault(),
            Pem(text, "client-certificate"), Pem(text, "client-key"));
    }

    private static string? Pem(string text, string key)
    {
        if (Values(text, key + "-data").FirstOrDefault() is { } data)
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data));
        }

        return Values(text, key).FirstOrDefault() is { } file ? File.ReadAllText(file) : null;
    }

    private static IEnumerable<string> Values(string text, string key) =>
        Entry().Matches(text).Where(match => match.Groups["key"].Value == key).Select(static match => match.Groups["value"].Value);

    [GeneratedRegex("""(?<=^|[\s{,"])(?<key>[a-z-]+)"?:[ \t]*["']?(?<value>[^\s"',{}\[\]]+)""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Entry();
}
