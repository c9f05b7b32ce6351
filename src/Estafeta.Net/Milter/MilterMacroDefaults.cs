using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.Lists;

namespace Estafeta.Net.Milter;

/// <summary>The macros whose values the configuration alone knows, and milter_macro_defaults for those that have no value otherwise.</summary>
public sealed class MilterMacroDefaults
{
    private readonly Dictionary<string, string> _fixed = [];
    private readonly Dictionary<string, string> _defaults = [];

    private MilterMacroDefaults()
    {
    }

    public static MilterMacroDefaults Load(ParameterSet parameters)
    {
        var values = new MilterMacroDefaults();
        values._fixed["j"] = parameters.Get(Parameters.Myhostname);
        values._fixed["v"] = parameters.Get(Parameters.MilterMacroV);
        values._fixed["{daemon_name}"] = parameters.Get(Parameters.MilterMacroDaemonName);
        var list = parameters.Get(Parameters.MilterMacroDefaults);
        foreach (var word in WordList.Split(list))
        {
            values.AddDefault(word, list);
        }

        return values;
    }

    /// <summary><c>j</c>, <c>v</c>, <c>{daemon_name}</c>; null for any other.</summary>
    public string? FindFixed(string name) => _fixed.GetValueOrDefault(name);

    public string? FindDefault(string name) => _defaults.GetValueOrDefault(Canonical(name));

    // name=value, {name}=value, or { name = value }.
    private void AddDefault(string word, string list)
    {
        ReadOnlySpan<char> text = word;
        if (word.StartsWith('{') && word.EndsWith('}'))
        {
            WordList.Unbrace(word, out text);
        }

        var equals = text.IndexOf('=');
        if (equals <= 0)
        {
            throw new ConfigurationException($"malformed default macro entry: {word} in \"{list}\"");
        }

        _defaults[Canonical(NameValue.Trim(text[..equals]).ToString())] = NameValue.Trim(text[(equals + 1)..]).ToString();
    }

    private static string Canonical(string name) => name.Length == 1 || name.StartsWith('{') ? name : $"{{{name}}}";
}
