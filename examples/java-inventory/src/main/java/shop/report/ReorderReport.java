package shop.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import shop.stock.StockException;
import shop.stock.Warehouse;

/** Says which articles should be ordered again, by what was sold. */
public class ReorderReport {
    private final Warehouse warehouse;
    private final Map<String, Integer> sold = new HashMap<>();

    public ReorderReport(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    /** One line of the report. */
    public record Suggestion(String code, int missing) {}

    /**
     * Reads sales from a file with one {@code code;quantity} per line.
     *
     * @param file the file
     * @return how many lines were read
     * @throws IOException when the file cannot be read
     */
    public int readSales(Path file) throws IOException {
        int read = 0;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            String line;
            while ((line = reader.readLine()) != null) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                readLine(line);
                read++;
            }
        }
        return read;
    }

    private void readLine(String line) {
        String[] parts = line.split(";");
        try {
            record(parts[0].trim(), Integer.parseInt(parts[1].trim()));
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException error) {
            throw new IllegalArgumentException("not a sale: " + line, error);
        }
    }

    public void record(String code, int quantity) {
        sold.merge(code, quantity, Integer::sum);
    }

    /** Returns what is missing to sell as much again, the most urgent first. */
    public List<Suggestion> suggestions() {
        List<Suggestion> found = new ArrayList<>();
        for (Map.Entry<String, Integer> entry : sold.entrySet()) {
            int missing = entry.getValue() - warehouse.available(entry.getKey());
            if (missing > 0) {
                found.add(new Suggestion(entry.getKey(), missing));
            }
        }
        found.sort(new Comparator<Suggestion>() {
            @Override
            public int compare(Suggestion left, Suggestion right) {
                int byUrgency = Integer.compare(right.missing(), left.missing());
                return byUrgency != 0 ? byUrgency : left.code().compareTo(right.code());
            }
        });
        return found;
    }

    /** Books the suggested quantities as arrived; unknown articles are left out and returned. */
    public List<String> fillUp() {
        List<String> unknown = new ArrayList<>();
        for (Suggestion suggestion : suggestions()) {
            try {
                warehouse.add(suggestion.code(), suggestion.missing());
            } catch (StockException error) {
                unknown.add(error.itemCode());
            }
        }
        return unknown;
    }
}
