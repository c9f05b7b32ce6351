using System.Globalization;

namespace Estafeta.Faults;

/// <summary>ESTAFETA_TEST_FAULTS: how much is tried. Unset the short form, <c>long</c>, or a number of kills.</summary>
internal static class FaultForm
{
    private static readonly string Chosen = Environment.GetEnvironmentVariable("ESTAFETA_TEST_FAULTS") ?? "";

    public static bool IsLong => Chosen == "long";

    public static int Kills => IsLong ? 1000 : int.TryParse(Chosen, CultureInfo.InvariantCulture, out var kills) ? kills : 100;

    /// <summary>The calls of a sweep that are made to fail: each in the long form, ever fewer in the short one.</summary>
    public static int Next(int n) => IsLong || n < 3 ? n + 1 : n * 2;
}
