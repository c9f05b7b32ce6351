namespace Estafeta.Daemons.Cleanup;

/// <summary>The words of a list parameter: separated by commas and white space.</summary>
internal static class ParameterList
{
    public static string[] Words(string value) =>
        value.Split([' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
