namespace Estafeta.Configuration.Values;

/// <summary><c>yes</c> and <c>no</c>, in any letter case.</summary>
public static class BooleanValue
{
    public static bool TryParse(string text, out bool value)
    {
        value = text.Equals("yes", StringComparison.OrdinalIgnoreCase);
        return value || text.Equals("no", StringComparison.OrdinalIgnoreCase);
    }

    public static string Problem(string name, string text) => $"bad boolean configuration: {name} = {text}";
}
