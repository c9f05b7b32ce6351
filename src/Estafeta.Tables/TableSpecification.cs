using Estafeta.Configuration;
using Estafeta.Configuration.Lists;
using Estafeta.Tables.Text;

namespace Estafeta.Tables;

/// <summary>
/// One item of a table list: <c>type:name</c>, or <c>{ type:name, attribute = value … }</c> for those that need more to be said:
/// <c>search_order</c> (certificate look-ups), <c>cache_ttl</c> and <c>stale_ok</c> (Estafeta's own).
/// </summary>
public sealed record TableSpecification(string Name, IReadOnlyList<KeyValuePair<string, string>> Attributes)
{
    /// <param name="parameterName">For errors.</param>
    /// <param name="value">Expanded.</param>
    /// <param name="defaultType">Of items without one; null: they are wrong.</param>
    /// <exception cref="ConfigurationException">An item is not of the form <c>type:name</c>, or its attributes are wrong.</exception>
    public static IReadOnlyList<TableSpecification> ParseList(string parameterName, string value, string? defaultType = null)
    {
        var result = new List<TableSpecification>();
        foreach (var item in WordList.Split(value))
        {
            result.Add(Parse(parameterName, defaultType != null && !item.Contains(':') ? $"{defaultType}:{item}" : item));
        }

        return result;
    }

    public static TableSpecification Parse(string parameterName, string item)
    {
        if (!item.StartsWith('{'))
        {
            return new TableSpecification(Checked(parameterName, item), []);
        }

        if (!BracedList.TryUnwrap(item, out var inner, out var error))
        {
            throw new ConfigurationException($"{parameterName}: {error} in \"{item}\"");
        }

        var words = WordList.Split(inner);
        if (words.Count == 0)
        {
            throw new ConfigurationException($"{parameterName}: empty table specification: \"{item}\"");
        }

        return new TableSpecification(Checked(parameterName, words[0]), ReadAttributes(parameterName, inner, words));
    }

    /// <summary>The attribute's value, or null.</summary>
    public string? Find(string attribute)
    {
        foreach (var (name, value) in Attributes)
        {
            if (name == attribute)
            {
                return value;
            }
        }

        return null;
    }

    private static List<KeyValuePair<string, string>> ReadAttributes(string parameterName, string inner, List<string> words)
    {
        var attributes = new List<KeyValuePair<string, string>>();
        for (var i = 1; i < words.Count; i++)
        {
            if (!BracedList.TrySplitAssignment(words[i], out var name, out var value, out var error))
            {
                throw new ConfigurationException($"{parameterName}: {error} in \"{inner}\"");
            }

            attributes.Add(new(name, value));
        }

        return attributes;
    }

    private static string Checked(string parameterName, string name) => name.IndexOf(':') is > 0 and var colon && colon + 1 < name.Length
        ? name
        : throw new ConfigurationException($"{parameterName}: open dictionary: expecting \"type:name\" form instead of \"{name}\"");
}
