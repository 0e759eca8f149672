using System.Collections.Frozen;
using System.Text.Json;

namespace GitOps.Operator.Webhooks;

/// <summary>
/// The texts at some places of a JSON document, read in one pass: what is not asked for is skipped, however much of it there is.
/// A place is written as <c>repository.clone_url</c>, and as <c>changes[].ref.id</c> inside of a list.
/// </summary>
internal sealed class Payload
{
    private const int MaxTexts = 2000;
    private const int MaxLength = 4096;
    private const string Item = "[]";

    private readonly List<(string Place, int Item, string Text)> _texts = [];

    private Payload()
    {
    }

    /// <exception cref="WebhookFormatException">It is no JSON object, or has more or longer texts at these places than any server sends.</exception>
    public static Payload Read(ReadOnlySpan<byte> json, FrozenSet<string> places)
    {
        var payload = new Payload();
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new WebhookFormatException("the body is not a JSON object");
            }

            payload.ReadValue(ref reader, string.Empty, 0, places);
            if (reader.Read())
            {
                throw new WebhookFormatException("something follows the JSON object of the body");
            }

            return payload;
        }
        catch (JsonException exception)
        {
            throw new WebhookFormatException($"the body is not JSON (line {exception.LineNumber + 1})", exception);
        }
        catch (InvalidOperationException exception)
        {
            // A string that is not Unicode.
            throw new WebhookFormatException("the body has a string that is not Unicode", exception);
        }
    }

    /// <summary>All texts at the places, in the order of the document.</summary>
    public IEnumerable<string> All(params string[] places) =>
        _texts.Where(text => places.Contains(text.Place, StringComparer.Ordinal)).Select(static text => text.Text);

    /// <summary>The first text at the place; null: there is none.</summary>
    public string? First(string place) => All(place).FirstOrDefault();

    /// <summary>The same for each item of the outermost list: its texts by place, the first of each.</summary>
    public IEnumerable<IReadOnlyDictionary<string, string>> Items(string list) => _texts
        .Where(text => text.Place.StartsWith(list + Item, StringComparison.Ordinal))
        .GroupBy(static text => text.Item)
        .Select(static texts => texts.GroupBy(static text => text.Place, StringComparer.Ordinal)
            .ToDictionary(static same => same.Key, static same => same.First().Text, StringComparer.Ordinal));

    private void ReadValue(ref Utf8JsonReader reader, string place, int item, FrozenSet<string> places)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    var inner = place.Length == 0 ? name : $"{place}.{name}";
                    reader.Read();
                    ReadOrSkip(ref reader, inner, item, places);
                }

                break;
            case JsonTokenType.StartArray:
                var isOutermost = !place.Contains(Item, StringComparison.Ordinal);
                for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
                {
                    ReadOrSkip(ref reader, place + Item, isOutermost ? index : item, places);
                }

                break;
            case JsonTokenType.String when places.Contains(place):
                var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
                if (length > MaxLength || _texts.Count == MaxTexts)
                {
                    throw new WebhookFormatException($"the body has too much at {place}");
                }

                _texts.Add((place, item, reader.GetString()!));
                break;
            default:
                break;
        }
    }

    private void ReadOrSkip(ref Utf8JsonReader reader, string place, int item, FrozenSet<string> places)
    {
        if (places.Contains(place) || places.Any(wanted =>
            wanted.StartsWith(place, StringComparison.Ordinal) && wanted.Length > place.Length && wanted[place.Length] is '.' or '['))
        {
            ReadValue(ref reader, place, item, places);
            return;
        }

        reader.Skip();
    }
}
