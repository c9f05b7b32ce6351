using Estafeta.Configuration.Files;

namespace Estafeta.Configuration.Lists;

/// <summary>The form of import_environment and export_environment: names whose value is taken over, and <c>name=value</c>, in braces when it has blanks.</summary>
public static class EnvironmentList
{
    /// <summary>Names with their value; null where the value is to be taken from the environment there is.</summary>
    /// <exception cref="ConfigurationException">The braces are not right.</exception>
    public static IEnumerable<(string Name, string? Value)> Parse(string list)
    {
        foreach (var word in WordList.Split(list))
        {
            var text = word;
            if (word.StartsWith('{'))
            {
                var problem = WordList.Unbrace(word, out var inside);
                text = problem == null ? inside.ToString() : throw new ConfigurationException(problem);
            }

            yield return NameValue.TrySplit(text, out var name, out var value, out _) ? (name, value) : (text, null);
        }
    }
}
