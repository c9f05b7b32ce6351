using System.Text;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Sources;

/// <summary>
/// The values a server has for one key, put into <c>result_format</c> and joined by commas. Refuses what could break a line or a protocol later, and
/// more values than <c>expansion_limit</c>.
/// </summary>
internal sealed class ResultValues(TableRequest request, KeyExpansion format, int limit, string key)
{
    private StringBuilder? _text;
    private int _count;

    /// <summary>False when the look-up has to fail.</summary>
    public bool TryAdd(string value, out string problem)
    {
        problem = "";
        if (value.Length == 0)
        {
            request.Tables.Warn($"table \"{request.Name}\": empty lookup result for: \"{key}\" -- ignored");
            return true;
        }

        if (RawText.HasControl(value))
        {
            problem = LookupTable.ControlInResult(key);
            return false;
        }

        // A value without the part that the format asks for is passed over.
        if (format.ExpandResult(key, value) is not { } formatted)
        {
            return true;
        }

        if (limit > 0 && ++_count > limit)
        {
            problem = $"Expansion limit exceeded for key: '{key}'";
            return false;
        }

        _text = _text == null ? new StringBuilder(formatted) : _text.Append(',').Append(formatted);
        return true;
    }

    public LookupResult ToResult() => _text == null ? LookupResult.NotFound : LookupResult.Found(_text.ToString());
}
