using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using GitOps.Operator.Git;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace GitOps.Operator.Charts.Index;

/// <summary>A version of a chart in an index.</summary>
/// <param name="Version">As it is written.</param>
/// <param name="Digest">64 hexadecimal digits in lower case; empty: the index tells none.</param>
/// <param name="Url">Of the package, absolute or below the index; empty: it has none.</param>
/// <param name="IsDeprecated">The authors say so.</param>
internal sealed record IndexEntry(string Version, string Digest, string Url, bool IsDeprecated);

/// <summary>What was read of an index.</summary>
/// <param name="Charts">Those that were asked for and are there.</param>
/// <param name="Count">Of all charts.</param>
/// <param name="SomeNames">Of a few charts, for messages.</param>
internal sealed record IndexContent(ImmutableDictionary<string, ImmutableArray<IndexEntry>> Charts, int Count, ImmutableArray<string> SomeNames);

/// <summary>
/// Reads an index.yaml event by event, and keeps only the charts that were asked for: neither time nor memory depend on what else is
/// in it. Anchors and aliases, which no program writes there, stand for nothing.
/// </summary>
internal sealed class IndexReader
{
    /// <summary>Deeper than any real index; the parser's work grows with the square of the depth.</summary>
    private const int MaxDepth = 40;

    private const int MaxField = 4096;
    private const int NamesForMessages = 20;

    private readonly Parser _parser;
    private readonly IReadOnlySet<string> _wanted;
    private readonly int _maxVersions;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<string, ImmutableArray<IndexEntry>> _charts = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private int _count;
    private int _depth;
    private int _steps;

    private IndexReader(TextReader text, IReadOnlySet<string> wanted, int maxVersions, CancellationToken cancellationToken)
    {
        _parser = new(new Scanner(text, skipComments: true));
        _wanted = wanted;
        _maxVersions = maxVersions;
        _cancellationToken = cancellationToken;
    }

    /// <param name="stream">UTF-8; its size is bounded by the caller.</param>
    /// <param name="wanted">Names of charts.</param>
    /// <param name="maxVersions">Of one chart.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException">It is no index; the message begins with what is wrong.</exception>
    public static IndexContent Read(Stream stream, IReadOnlySet<string> wanted, int maxVersions, CancellationToken cancellationToken)
    {
        using var text = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, bufferSize: 65536, leaveOpen: true);
        var reader = new IndexReader(text, wanted, maxVersions, cancellationToken);
        try
        {
            reader.ReadRoot();
        }
        catch (YamlException exception)
        {
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"is not valid YAML in line {exception.Start.Line}"), exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // The parser's answers to a scalar that breaks off in a flow collection, and to a malformed tag.
            throw Bad("is not valid YAML", exception);
        }

        return new(reader._charts.ToImmutableDictionary(StringComparer.Ordinal), reader._count, [.. reader._names]);
    }

    private static GitException Bad(string what, Exception? inner = null) => new(GitFailure.Other, $"the index {what}", inner);

    private void ReadRoot()
    {
        Next<StreamStart>("is empty");
        Next<DocumentStart>("is empty");
        if (Next() is not MappingStart)
        {
            throw Bad("is not one: it has to be a mapping with apiVersion and entries (is the URL that of a web page?)");
        }

        var isIndex = false;
        while (Key() is { } key)
        {
            switch (key)
            {
                case "apiVersion":
                    isIndex = Value() is { Length: > 0 };
                    break;
                case "entries":
                    ReadEntries();
                    break;
                default:
                    Skip();
                    break;
            }
        }

        if (!isIndex)
        {
            throw Bad("is not one: it has no apiVersion");
        }
    }

    private void ReadEntries()
    {
        if (Next() is not MappingStart)
        {
            // "entries: null" and "entries: ''" are what an empty repository has.
            return;
        }

        while (Key() is { } name)
        {
            _count++;
            if (_names.Count < NamesForMessages && name.Length <= 100)
            {
                _names.Add(name);
            }

            if (_wanted.Contains(name))
            {
                _charts[name] = ReadVersions(name);
            }
            else
            {
                Skip();
            }
        }
    }

    private ImmutableArray<IndexEntry> ReadVersions(string chart)
    {
        var versions = ImmutableArray.CreateBuilder<IndexEntry>();
        if (Next() is not SequenceStart)
        {
            throw Bad($"lists no versions of chart '{GitErrors.Clean(chart)}'");
        }

        while (true)
        {
            switch (Next())
            {
                case SequenceEnd:
                    return versions.ToImmutable();
                case MappingStart:
                    if (ReadVersion() is { } entry)
                    {
                        versions.Add(entry);
                    }

                    if (versions.Count > _maxVersions)
                    {
                        throw new GitException(GitFailure.TooLarge, $"the index lists more than {_maxVersions} versions of chart '{GitErrors.Clean(chart)}'");
                    }

                    break;
                default:
                    // Helm passes over entries that are none, too.
                    SkipRest();
                    break;
            }
        }
    }

    private IndexEntry? ReadVersion()
    {
        string? version = null;
        string? digest = null;
        string? url = null;
        var isDeprecated = false;
        while (Key() is { } key)
        {
            switch (key)
            {
                case "version":
                    version = Value();
                    break;
                case "digest":
                    digest = Value();
                    break;
                case "deprecated":
                    isDeprecated = Value() == "true";
                    break;
                case "urls":
                    url = FirstValue();
                    break;
                default:
                    Skip();
                    break;
            }
        }

        return version is { Length: > 0 } ? new(version, Digest(digest), url ?? string.Empty, isDeprecated) : null;
    }

    // A digest that is none is kept as it is: no package will have it, which is said then, instead of checking nothing.
    private static string Digest(string? written)
    {
        var text = written ?? string.Empty;
        return (text.StartsWith("sha256:", StringComparison.Ordinal) ? text["sha256:".Length..] : text).ToLowerInvariant();
    }

    /// <returns>Null at the end of the mapping.</returns>
    private string? Key()
    {
        while (true)
        {
            switch (Next())
            {
                case MappingEnd:
                    return null;
                case Scalar scalar:
                    return scalar.Value;
                default:
                    // A key that is a collection: it and its value mean nothing.
                    SkipRest();
                    Skip();
                    break;
            }
        }
    }

    /// <returns>Null where it is no text, or a very long one.</returns>
    private string? Value()
    {
        if (Next() is Scalar scalar)
        {
            return scalar.Value.Length <= MaxField ? scalar.Value : null;
        }

        SkipRest();
        return null;
    }

    private string? FirstValue()
    {
        if (Next() is not SequenceStart)
        {
            SkipRest();
            return null;
        }

        string? first = null;
        while (Next() is not SequenceEnd)
        {
            if (_parser.Current is Scalar { Value.Length: <= MaxField } scalar)
            {
                first ??= scalar.Value;
            }
            else
            {
                SkipRest();
            }
        }

        return first;
    }

    private void Skip()
    {
        Next();
        SkipRest();
    }

    /// <summary>Over the rest of the node that the current event begins.</summary>
    private void SkipRest()
    {
        if (_parser.Current is not (MappingStart or SequenceStart))
        {
            return;
        }

        var outside = _depth - 1;
        while (_depth > outside)
        {
            Next();
        }
    }

    private void Next<T>(string otherwise)
        where T : ParsingEvent
    {
        if (Next() is not T)
        {
            throw Bad(otherwise);
        }
    }

    private ParsingEvent Next()
    {
        if ((++_steps & 0xFFFF) == 0)
        {
            _cancellationToken.ThrowIfCancellationRequested();
        }

        if (!_parser.MoveNext() || _parser.Current is not { } current)
        {
            throw Bad("breaks off");
        }

        if (current is DocumentEnd)
        {
            throw Bad("is empty");
        }

        _depth += current.NestingIncrease;
        return _depth - 2 > MaxDepth ? throw Bad($"is nested deeper than {MaxDepth} levels") : current;
    }
}
