using Estafeta.Configuration.Catalogue;

namespace Estafeta.Configuration.Validation;

/// <summary>Reads parameters as their reader would, for the sake of the complaint: macros, type, range, length.</summary>
public static class ValueCheck
{
    /// <summary>What is wrong with each of the names, as far as the catalogue knows them.</summary>
    public static IEnumerable<ConfigurationException> Problems(ParameterSet parameters, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (Parameters.Find(name) is { } parameter && Problem(parameters, parameter) is { } problem)
            {
                yield return problem;
            }
        }
    }

    private static ConfigurationException? Problem(ParameterSet parameters, Parameter parameter)
    {
        try
        {
            _ = Read(parameters, parameter);
            return null;
        }
        catch (ConfigurationException e)
        {
            return e;
        }
    }

    // Only for its complaint.
    private static object? Read(ParameterSet parameters, Parameter parameter) => parameter switch
    {
        BooleanParameter boolean => parameters.Get(boolean),
        IntegerParameter integer => parameters.Get(integer),
        LongParameter number => parameters.Get(number),
        TimeParameter time => parameters.Get(time),
        RawParameter raw => parameters.Get(raw),
        StringParameter text => parameters.Get(text),
        _ => null,
    };
}
